import type { Portable } from '@holdfast/core'
import {
  decodePortable,
  decodePut,
  encodePortable,
  encodePut,
  putType,
  type Ages,
} from '@holdfast/core/protocol'
import type { OperationContent } from './step.ts'

/** An operation's type and payload as they are stored and travel. */
interface Stored {
  readonly type: string
  readonly payload: string
}

interface Opened {
  readonly content: OperationContent
  /** Of what compaction made of several: when its fields were written. */
  readonly ages: Ages | undefined
}

/** As the app wrote it: steps know nothing of what compaction adds. */
export const toContent = ({ type, payload }: Stored): Opened => {
  if (type !== putType && type !== 'create')
    return { content: { type, payload: decodePortable(payload) }, ages: undefined }
  const { update, ages } = decodePut(payload)
  return { content: { type: type === putType ? 'update' : type, payload: update }, ages }
}

/** A field that the steps brought in counts as written last. */
export const toStored = ({ type, payload }: OperationContent, ages: Ages | undefined): Stored => {
  if (ages === undefined || !isObject(payload) || (type !== 'update' && type !== 'create'))
    return { type, payload: encodePortable(payload) }
  const kept = Object.entries(ages).filter(([field]) => Object.hasOwn(payload, field))
  const content = encodePut(payload, Object.fromEntries(kept))
  return { type: type === 'update' ? putType : type, payload: content }
}

const isObject = (value: Portable): value is Readonly<Record<string, Portable>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
