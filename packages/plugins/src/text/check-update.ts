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

/** The text that stands under these names; undefined where it is not, or no longer, there. */
const textUnder = (document: Y.Doc, { client, clock }: Y.ID, length: number): string | undefined => {
  const structs = document.store.clients.get(client)
  if (structs === undefined || clock + length > Y.getState(document.store, client)) return undefined
  let text = ''
  for (let index = Y.findIndexSS(structs, clock); text.length < length; index += 1) {
    const struct = structs[index]
    if (!(struct instanceof Y.Item && struct.content instanceof Y.ContentString)) return undefined
    text += struct.content.str.slice(Math.max(0, clock - struct.id.clock))
  }
  return text.slice(0, length)
}

/** True where the first `length` letters of a struct are in a document already, the very same ones. */
export const isKnown = (document: Y.Doc, struct: Struct, length: number = struct.length): boolean =>
  struct instanceof Y.Item &&
  struct.content instanceof Y.ContentString &&
  textUnder(document, struct.id, length) === struct.content.str.slice(0, length)

/**
 * Where the name of a letter is known already, somebody else's may stand under it, and Yjs would drop this one without a
 * word. (The very same may come twice: two devices may take over one document from elsewhere.)
 * @throws SyncError INVALID, MISSING_DEPENDENCY
 */
export const checkUpdate = (document: Y.Doc, update: Uint8Array): void => {
  for (const struct of readStructs(update)) {
    if (!(struct instanceof Y.Item && struct.content instanceof Y.ContentString)) continue
    const taken = Math.min(struct.length, Y.getState(document.store, struct.id.client) - struct.id.clock)
    if (taken > 0 && !isKnown(document, struct, taken)) throw missing('another change has its place')
  }
}
