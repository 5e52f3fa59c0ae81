import {
  SyncError,
  hasCode,
  systemEnvironment,
  type CollectionClient,
  type AnyCollection,
  type Environment,
} from '@holdfast/core'
import type { Observable } from 'rxjs'
import type * as Y from 'yjs'
import { editorChange, type Session } from './changes.ts'
import { diffText } from './diff.ts'
import { contentOf, newDocument, textOf } from './document.ts'
import { applyEdits, cutsPair, rebaseEdits, type TextEdit } from './edits.ts'
import { movedOn } from './text-type.ts'

/** What the editor needs of a collection: that of a client fits. */
export type TextCollection = Pick<CollectionClient<AnyCollection>, 'get' | 'get$' | 'update'>

export interface OpenTextOptions {
  /** Milliseconds for which edits are gathered before they are written. Default: 200. */
  readonly delay?: number
  /** Told of what could not be written; the text stays in the editor, and is tried again with the next edit. */
  readonly onError?: (error: unknown) => void
  /** For the delay and the names of sessions. Default: the machine's. */
  readonly environment?: Environment
}

/** A text that an editor holds. */
export interface OpenText {
  /** For the editor's binding. Its history is this editor's own: it is not what is stored, and needs no provider. */
  readonly document: Y.Doc
  readonly text: Y.Text
  /** The origin of the transactions that bring in what others wrote; undo managers leave them out by themselves. */
  readonly remote: unknown
  /** Writes what is not written yet. Resolves once that is durable; rejects with what kept it from that. */
  readonly flush: () => Promise<void>
  /** Flushes, and lets go. */
  readonly close: () => Promise<void>
}

/**
 * Opens a text field of a record for an editor: what is typed becomes operations, and what others wrote comes in as it
 * arrives. Resolves once the text is there.
 * @throws SyncError NOT_FOUND (no such record)
 */
export const openText = async (
  collection: TextCollection,
  id: string,
  field: string,
  { delay = 200, onError = () => undefined, environment = systemEnvironment }: OpenTextOptions = {},
): Promise<OpenText> => {
  const document = newDocument()
  // Only this editor ever writes to it: what others wrote is typed in.
  document.clientID = 1
  const text = textOf(document)
  const remote = { holdfast: 'remote' }
  const editor = createEditor({ collection, id, field, document, remote, environment })

  const fail = (error: unknown): void => onError(error)
  let cancel: (() => void) | undefined
  const arm = (): void => {
    cancel ??= environment.timers.after(delay, () => {
      cancel = undefined
      editor.flush().catch(fail)
    })
  }
  const listen = (_event: Y.YTextEvent, { origin }: Y.Transaction): void => {
    if (origin !== remote) arm()
  }

  await editor.pull()
  text.observe(listen)
  const changes$: Observable<unknown> = collection.get$(id)
  const subscription = changes$.subscribe({ next: () => void editor.pull().catch(fail), error: fail })

  const flush = async (): Promise<void> => {
    cancel?.()
    cancel = undefined
    await editor.flush()
  }
  return {
    document,
    text,
    remote,
    flush,
    async close() {
      try {
        await flush()
      } finally {
        subscription.unsubscribe()
        text.unobserve(listen)
        cancel?.()
      }
    },
  }
}

interface EditorContext {
  readonly collection: TextCollection
  readonly id: string
  readonly field: string
  readonly document: Y.Doc
  readonly remote: unknown
  readonly environment: Environment
}

interface Editor {
  /** Brings in what is new in the record. */
  readonly pull: () => Promise<void>
  /** Writes what is new in the editor. */
  readonly flush: () => Promise<void>
}

/** A payload of 65,536 characters holds these even where each takes six, as `\u0001` does. */
const mostCharacters = 8_000

/** Texts that have nothing to do with each other any more would otherwise be tried for ever. */
const mostTries = 100

/**
 * Keeps the editor's text and the record's the same, by the text that both had last. One step runs at a time, so that what
 * is read is never older than what is known.
 */
const createEditor = ({ collection, id, field, document, remote, environment }: EditorContext): Editor => {
  let shared = ''
  let session: Session = { token: environment.newId(), began: false }
  let last: Promise<unknown> = Promise.resolve()

  const inTurn = (step: () => Promise<void>): Promise<void> => {
    const turn = last.then(step)
    last = turn.catch(() => undefined)
    return turn
  }

  /** What is in the record and not in the editor goes into the editor; what is only in the editor stays there. */
  const takeIn = async (): Promise<void> => {
    const record = await collection.get(id)
    if (record === undefined)
      throw new SyncError('NOT_FOUND', `There is no record "${id}" to edit.`, {
        collection: '',
        recordId: id,
      })
    const value = record[field]
    if (typeof value !== 'string') throw new TypeError(`The field "${field}" is no text.`)
    const theirs = diffText(shared, value)
    if (theirs.length > 0) {
      typeIn(document, rebaseEdits(theirs, diffText(shared, contentOf(document))), remote)
      shared = value
    }
  }

  const writeAll = async (): Promise<void> => {
    for (;;) {
      const edits = portionOf(diffText(shared, contentOf(document)))
      if (edits.length === 0) return
      await collection.update(id, { [field]: editorChange(edits, shared, session) })
      shared = applyEdits(shared, edits)
      if (edits.some(({ insert }) => insert !== '')) session = { ...session, began: true }
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

  return { pull: () => inTurn(takeIn), flush: () => inTurn(writeOut) }
}

/** As many of the edits as one operation carries, whatever the characters are: the rest makes another one. */
const portionOf = (edits: readonly TextEdit[]): readonly TextEdit[] => {
  const portion: TextEdit[] = []
  let room = mostCharacters
  for (const edit of edits) {
    if (edit.insert.length > room) {
      const end = cutsPair(edit.insert, room) ? room - 1 : room
      return end > 0 ? [...portion, { ...edit, insert: edit.insert.slice(0, end) }] : portion
    }
    portion.push(edit)
    room -= edit.insert.length
  }
  return portion
}

const typeIn = (document: Y.Doc, edits: readonly TextEdit[], origin: unknown): void => {
  const text = textOf(document)
  document.transact(() => {
    for (const { at, remove, insert } of edits.toReversed()) {
      if (remove > 0) text.delete(at, remove)
      if (insert !== '') text.insert(at, insert)
    }
  }, origin)
}
