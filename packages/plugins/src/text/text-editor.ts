import {
  SyncError,
  hasCode,
  type AnyCollection,
  type CollectionClient,
  type Environment,
} from '@holdfast/core'
import * as Y from 'yjs'
import { editorChange, movedOn } from './changes.ts'
import { compose, fromEdits, split, toEdits, transform, type Delta } from './delta.ts'
import { diffText } from './diff.ts'
import { contentOf, newDocument, openDocument, textOf } from './document.ts'
import { applyEdits } from './edits.ts'
import { hash53 } from './hash.ts'
import { changeBetween, fingerprintOf } from './letters.ts'
import { writeEdits } from './write.ts'

/** What the editor needs of a collection: that of a client fits. */
export type TextCollection = Pick<CollectionClient<AnyCollection>, 'fieldState' | 'get$' | 'update'>

export interface EditorContext {
  readonly collection: TextCollection
  readonly id: string
  readonly field: string
  /** The editor's. */
  readonly document: Y.Doc
  /** The origin of what others wrote. */
  readonly remote: unknown
  readonly environment: Environment
}

export interface Editor {
  /** Told of each change that was made in the editor's document. */
  readonly typed: (change: Delta) => void
  /** Brings in what is new in the record. */
  readonly pull: () => Promise<void>
  /** Writes what is new in the editor. */
  readonly flush: () => Promise<void>
}

/** A payload of 65,536 characters holds these even where each takes six, as `\u0001` does. */
const mostCharacters = 8_000

/** A text that others change all the time would otherwise be tried for ever. */
const mostTries = 100

/**
 * Keeps the editor's text and the record's the same. What others did is told by the letters of the record's document,
 * what was done here by the editor's: neither is guessed from texts, where the same letters may stand twice. One step
 * runs at a time, so that what is read is never older than what is known.
 */
export const createEditor = (context: EditorContext): Editor => {
  const { collection, id, field, document, remote, environment } = context
  /** The record's document as it was when it was last read or written here. */
  let known = newDocument()
  /** What leads from its text to the editor's. */
  let mine: Delta = []
  let session = environment.newId()
  let last: Promise<unknown> = Promise.resolve()

  const inTurn = (step: () => Promise<void>): Promise<void> => {
    const turn = last.then(step)
    last = turn.catch(() => undefined)
    return turn
  }

  const typed = (change: Delta): void => {
    mine = newFirst(compose(mine, change))
  }

  /** What is in the record and not in the editor goes into the editor; what is only in the editor stays there. */
  const takeIn = async (): Promise<void> => {
    const record = await readDocument(context)
    mine = toldOr(contentOf(known), mine, contentOf(document))
    const theirs = toldOr(contentOf(known), changeBetween(known, record), contentOf(record))
    // Letters that were written under it are gone from the record: their names may be given again.
    const client = hash53(session)
    if (Y.getState(record.store, client) < Y.getState(known.store, client)) session = environment.newId()
    const news = transform(theirs, mine, 'before')
    known = record
    mine = transform(mine, theirs, 'after')
    if (news.length > 0) typeIn(document, news, remote)
  }

  const writeAll = async (): Promise<void> => {
    for (;;) {
      mine = toldOr(contentOf(known), mine, contentOf(document))
      const [portion, rest] = split(mine, mostCharacters)
      const edits = toEdits(portion)
      if (edits.length === 0) return
      const client = hash53(session)
      const seen = fingerprintOf(known, client)
      mine = rest
      try {
        await collection.update(id, { [field]: editorChange(edits, { seen, client }) })
      } catch (error) {
        mine = newFirst(compose(portion, mine))
        throw error
      }
      writeEdits(known, edits, client)
    }
  }

  const writeOut = async (): Promise<void> => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      try {
        await writeAll()
        return
      } catch (error) {
        if (!hasCode(error, 'INVALID') || error.details.reason !== movedOn) throw error
        // Somebody else wrote in between: their text first.
        await takeIn()
      }
    }
    throw new SyncError('STORAGE_CONFLICT', `The text of "${id}" changes too fast to write into it.`, {
      key: id,
    })
  }

  return { typed, pull: () => inTurn(takeIn), flush: () => inTurn(writeOut) }
}

const readDocument = async ({ collection, id, field }: EditorContext): Promise<Y.Doc> => {
  const state = await collection.fieldState(id, field)
  if (state === undefined)
    throw new SyncError('NOT_FOUND', `There is no record "${id}" to edit.`, { collection: '', recordId: id })
  if (typeof state.value !== 'string') throw new TypeError(`The field "${field}" is no text.`)
  return openDocument(state)
}

/** Where something is replaced, what is new comes first: so others' letters behind the old ones stay behind. */
const newFirst = (delta: Delta): Delta => fromEdits(toEdits(delta))

/** A change that was told, unless it is not the whole truth: halves of characters, embedded things, names given twice. */
const toldOr = (before: string, told: Delta, after: string): Delta =>
  applyEdits(before, toEdits(told)) === after ? told : fromEdits(diffText(before, after))

const typeIn = (document: Y.Doc, change: Delta, origin: unknown): void => {
  const text = textOf(document)
  document.transact(() => {
    let at = 0
    for (const step of change) {
      if (step.kind === 'remove') text.delete(at, step.length)
      else if (step.kind === 'insert') text.insert(at, step.text)
      if (step.kind !== 'remove') at += step.kind === 'insert' ? step.text.length : step.length
    }
  }, origin)
}
