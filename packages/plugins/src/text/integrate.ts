import * as Y from 'yjs'
import { checkUpdate, isKnown, readStructs } from './check-update.ts'
import { guarded, textOf } from './document.ts'
import { hash53 } from './hash.ts'
import { missing } from './invalid.ts'

/** True where a part of an update waits for what has not come. */
export const isPending = ({ store: { pendingStructs, pendingDs } }: Y.Doc): boolean =>
  pendingStructs !== null || pendingDs !== null

/** Puts an update into a document, all of it. @throws SyncError INVALID, MISSING_DEPENDENCY; then the document is spoilt */
export const integrate = (document: Y.Doc, update: Uint8Array): void => {
  checkUpdate(document, update)
  guarded(() => Y.applyUpdate(document, update))
  if (isPending(document)) throw missing('the change builds on what is not there')
}

/**
 * Puts the text of an update that does not fit into a document: all that it inserts, as near to where it belongs as can
 * be told. What it removes of others' text stays.
 * @throws SyncError INVALID
 */
export const salvage = (document: Y.Doc, update: Uint8Array, operationId: string): void => {
  const text = textOf(document)
  // Not the id of the operation's own update: others may have got that one.
  document.clientID = hash53(`salvaged ${operationId}`)
  for (const { content, at } of insertedRuns(document, update)) text.insert(at ?? text.length, content)
}

interface Run {
  readonly content: string
  readonly at: number | undefined
}

/** What an update inserts, run by run in the order written; later runs of a place stand before it too. */
function* insertedRuns(document: Y.Doc, update: Uint8Array): Generator<Run> {
  let content = ''
  let origins: Origins = {}
  let next: Y.ID | undefined
  for (const struct of readStructs(update)) {
    if (!(struct instanceof Y.Item && struct.content instanceof Y.ContentString)) continue
    if (isKnown(document, struct)) continue
    const { id, origin, rightOrigin, content: own } = struct
    const goesOn = next !== undefined && id.client === next.client && id.clock === next.clock
    const follows = goesOn && origin !== null && origin.clock === id.clock - 1 && origin.client === id.client
    if (!follows) {
      if (content !== '') yield { content, at: placeOf(document, origins) }
      content = ''
      origins = { origin, rightOrigin }
    }
    content += own.str
    next = Y.createID(id.client, id.clock + struct.length)
  }
  if (content !== '') yield { content, at: placeOf(document, origins) }
}

interface Origins {
  readonly origin?: Y.ID | null
  readonly rightOrigin?: Y.ID | null
}

/** Before what it stood before, or after what it stood after, if that is there, be it removed. */
const placeOf = (document: Y.Doc, { origin, rightOrigin }: Origins): number | undefined =>
  indexAt(document, rightOrigin, before) ?? indexAt(document, origin, after)

/** On which side of a letter a place is. */
const [before, after] = [0, -1]

const indexAt = (document: Y.Doc, id: Y.ID | null | undefined, assoc: number): number | undefined => {
  if (id === null || id === undefined || id.clock >= Y.getState(document.store, id.client)) return undefined
  const position = Y.createRelativePositionFromJSON({ item: { client: id.client, clock: id.clock }, assoc })
  return Y.createAbsolutePositionFromRelativePosition(position, document)?.index
}
