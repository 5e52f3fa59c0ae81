import {
  SyncError,
  defineField,
  type FieldState,
  type FieldType,
  type Maker,
  type Portable,
  type TypedField,
  type Wanted,
  hasCode,
} from '@holdfast/core'
import * as Y from 'yjs'
import * as z from 'zod/mini'
import { movedOn, readInput } from './changes.ts'
import { readStructs } from './check-update.ts'
import { diffText } from './diff.ts'
import { closeDocument, contentOf, guarded, openDocument, recordUpdate } from './document.ts'
import { hash53 } from './hash.ts'
import { integrate, isPending, salvage } from './integrate.ts'
import { invalid } from './invalid.ts'
import { fingerprintOf } from './letters.ts'
import { recordEdits } from './write.ts'

const toBytes = (delta: Portable): Uint8Array => {
  if (delta instanceof Uint8Array) return delta
  throw invalid('it is no delta of a text')
}

/**
 * The name under which the letters of an operation go, new for each: were it the device's, an operation that the server
 * refuses would leave names to a later one that others take for known.
 */
const clientOf = ({ operationId }: Maker): number => hash53(operationId)

const setTo = (state: FieldState, value: Portable, maker: Maker): Uint8Array | undefined => {
  const document = openDocument(state)
  if (typeof value !== 'string') throw invalid('it is no text')
  return recordEdits(document, diffText(contentOf(document), value), clientOf(maker))
}

/** What is new in changes that were made elsewhere. */
const adopt = (document: Y.Doc, update: Uint8Array): Uint8Array | undefined => {
  readStructs(update)
  const news = recordUpdate(document, () => guarded(() => Y.applyUpdate(document, update)))
  if (isPending(document)) throw invalid('it builds on changes that are not there; pass on those too')
  return news
}

const prepare = (state: FieldState, wanted: Wanted, maker: Maker): Uint8Array | undefined => {
  if (wanted.kind === 'set') return setTo(state, wanted.value, maker)
  const input = readInput(wanted.input)
  const document = openDocument(state)
  if (input.kind === 'update') {
    return adopt(document, input.update)
  }
  const { edits, editor } = input
  if (editor !== undefined && editor.seen !== fingerprintOf(document, editor.client))
    throw new SyncError('INVALID', 'The text is not what the edits were made for.', { reason: movedOn })
  return recordEdits(document, edits, editor?.client ?? clientOf(maker))
}

const isWithin = (earlier: Y.Doc, later: Y.Doc): boolean =>
  [...earlier.store.clients.keys()].every(
    (client) => Y.getState(earlier.store, client) <= Y.getState(later.store, client),
  )

/** A text on a Yjs document. Deltas are updates of Yjs, version 1; the document is kept as one of version 2. */
export const textType: FieldType<Uint8Array> & { readonly name: 'text' } = {
  name: 'text',
  ignoresTime: true,
  empty: { value: '' },
  prepare,
  apply(state, delta, { operationId, replaying }) {
    const update = toBytes(delta)
    const document = openDocument(state)
    try {
      integrate(document, update)
      return closeDocument(document)
    } catch (error) {
      if (!replaying || !hasCode(error, 'MISSING_DEPENDENCY')) throw error
      const again = openDocument(state)
      salvage(again, update, operationId)
      return closeDocument(again)
    }
  },
  compose: (first, second) => guarded(() => Y.mergeUpdates([first, second])),
  difference(before, after, maker) {
    const [earlier, later] = [openDocument(before), openDocument(after)]
    if (!isWithin(earlier, later)) return setTo(before, after.value, maker)
    return recordUpdate(earlier, () => Y.applyUpdate(earlier, Y.encodeStateAsUpdate(later)))
  },
}

/**
 * A text that several people write at once: edits of different places merge, and none is lost. Setting it to a string
 * counts as the edits that lead there from what its author sees. Starts empty.
 */
export const text = (): z.ZodMiniString<string> & TypedField<'text'> => defineField(z.string(), textType)
