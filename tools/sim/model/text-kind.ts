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
  const document = new Y.Doc()
  if (beside !== undefined) Y.applyUpdateV2(document, bytesIn(beside))
  return document
}

/** A device shows what it can of an edit that finds no place. What that is, the model does not say. */
export const unsaid = 'unsaid'

/** A plain run of Yjs: what it makes of the edits in the order in which they take effect. */
export const text: Kind = {
  name: 'text',
  empty: '',
  after(kept, delta) {
    if (kept.value === unsaid) return kept
    const document = open(kept)
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
