import * as Y from 'yjs'
import { guarded, rootName } from './document.ts'
import { invalid, missing } from './invalid.ts'

/** Longer stretches are no text that anybody wrote; numbers beyond 2^53 would come of them. */
const longest = 2 ** 31

type Struct = ReturnType<typeof Y.decodeUpdate>['structs'][number]

/** Other things that a Yjs document can hold would grow behind the text, where nobody sees them. */
const checkStruct = (struct: Struct): void => {
  if (struct.length > longest || struct.id.clock > longest) throw invalid('it claims to be of endless length')
  if (struct instanceof Y.Skip) return
  if (!(struct instanceof Y.Item)) throw invalid('it holds something else than text')
  const { content, parentSub } = struct
  if (!(content instanceof Y.ContentString || content instanceof Y.ContentDeleted))
    throw invalid('it holds something else than text')
  // As it came: not yet the type that this names, for which Yjs declares the property.
  const parent: unknown = struct.parent
  if (parentSub !== null || (parent !== null && parent !== rootName))
    throw invalid(`it writes elsewhere than in "${rootName}"`)
}

/** @throws SyncError INVALID */
export const readStructs = (update: Uint8Array): readonly Struct[] => {
  const { structs } = guarded(() => Y.decodeUpdate(update))
  for (const struct of structs) checkStruct(struct)
  return structs
}

/**
 * Each letter of an update must be new: where its name is known already, somebody else's may stand under it, and it
 * would be dropped without a word.
 * @throws SyncError INVALID, MISSING_DEPENDENCY
 */
export const checkUpdate = (document: Y.Doc, update: Uint8Array): void => {
  for (const struct of readStructs(update)) {
    if (struct instanceof Y.Skip) continue
    if (struct.id.clock < Y.getState(document.store, struct.id.client))
      throw missing('another change has its place')
  }
}
