import * as Y from 'yjs'
import type { Kept, Kind } from './kinds.ts'
import type { Value } from './values.ts'

/** Bytes, as the codec writes them. */
interface Bytes {
  readonly $: 'bytes'
  readonly v: string
}

const bytesIn = (value: Value): Uint8Array =>
  new Uint8Array(Buffer.from((value as unknown as Bytes).v, 'base64'))

const bytesOf = (bytes: Uint8Array): Value => ({ $: 'bytes', v: Buffer.from(bytes).toString('base64') })

const open = ({ beside }: Kept): Y.Doc => {
  // Else one is drawn at random.
  const document = new Y.Doc({ guid: 'model' })
  if (beside !== undefined) Y.applyUpdateV2(document, bytesIn(beside))
  return document
}

/** A device shows what it can of an edit that finds no place. What that is, the model does not say. */
export const unsaid = 'unsaid'

/** Letters, by their names, as a document still has them. */
const livingIn = (document: Y.Doc, client: number): ReadonlyMap<number, string> =>
  new Map(
    (document.store.clients.get(client) ?? []).flatMap((item): readonly (readonly [number, string])[] =>
      item instanceof Y.Item && item.content instanceof Y.ContentString
        ? Array.from({ length: item.content.str.length }, (_, index) => [
            item.id.clock + index,
            item.content instanceof Y.ContentString ? item.content.str.charAt(index) : '',
          ])
        : [],
    ),
  )

/** Whether an edit names letters that the document had, and has no longer or not as these. */
const takesNames = (document: Y.Doc, update: Uint8Array): boolean =>
  Y.decodeUpdate(update).structs.some((struct) => {
    if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString)) return false
    const { client, clock } = struct.id
    const known = Math.min(struct.length, Y.getState(document.store, client) - clock)
    if (known <= 0) return false
    const living = livingIn(document, client)
    const { str } = struct.content
    return Array.from({ length: known }, (_, index) => index).some(
      (index) => living.get(clock + index) !== str.charAt(index),
    )
  })

/** A plain run of Yjs: what it makes of the edits in the order in which they take effect. */
export const text: Kind = {
  name: 'text',
  empty: '',
  after(kept, delta) {
    if (kept.value === unsaid) return kept
    const document = open(kept)
    if (takesNames(document, bytesIn(delta))) return 'missing'
    Y.applyUpdate(document, bytesIn(delta))
    const { pendingStructs, pendingDs } = document.store
    if (pendingStructs !== null || pendingDs !== null) return 'missing'
    const value = document.getText('text').toJSON()
    const isEmpty = document.store.clients.size === 0
    return { value, beside: isEmpty ? undefined : bytesOf(Y.encodeStateAsUpdateV2(document)) }
  },
  toward() {
    throw new Error('No operation of the model writes a text.')
  },
}
