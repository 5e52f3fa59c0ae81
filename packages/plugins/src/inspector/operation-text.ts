import type { Fate, Operation } from '@holdfast/core'
import { decodePortable } from '@holdfast/core/protocol'
import type { Tone } from './event-text.ts'

export interface FateText {
  readonly text: string
  readonly tone: Tone
}

/** What there is to say of a fate besides its kind. */
export const toFateText = (fate: Fate): FateText => {
  switch (fate.kind) {
    case 'pending':
      return { text: 'made here, not sent yet', tone: 'plain' }
    case 'sent':
      return { text: 'the verdict is not known', tone: 'plain' }
    case 'applied':
      return fate.lost.length === 0
        ? { text: `as version ${fate.version}`, tone: 'good' }
        : { text: `as version ${fate.version}; others won ${fate.lost.join(', ')}`, tone: 'attention' }
    case 'conflict':
      return {
        text: fate.fields.length === 0 ? 'waits with others' : fate.fields.join(', '),
        tone: 'attention',
      }
    case 'rejected':
      return { text: `${discarded(fate)}${fate.code}: ${fate.message}`, tone: 'bad' }
    case 'aborted':
      return {
        text: `${discarded(fate)}with ${fate.cause}`,
        tone: fate.reason === 'conflict' ? 'attention' : 'bad',
      }
    case 'expired':
      return { text: 'its lifetime was over', tone: 'attention' }
    case 'cancelled':
      return { text: fate.reason === undefined ? 'taken back' : 'it made room', tone: 'plain' }
    case 'superseded':
      return { text: fate.by === undefined ? 'nothing was left of it' : `by ${fate.by}`, tone: 'plain' }
  }
}

const discarded = (fate: { readonly discarded?: true | undefined }): string =>
  fate.discarded === true ? 'discarded; ' : ''

const isOpen = ({ status }: Operation): boolean =>
  status === 'PENDING' || status === 'SENT' || status === 'CONFLICT'

/** What still waits in the order made, then what is decided, newest first; `most` in all. */
export const toQueueOrder = (operations: readonly Operation[], most: number): readonly Operation[] => {
  const open = operations.filter(isOpen)
  const decided = operations.filter((operation) => !isOpen(operation)).toReversed()
  return [...open, ...decided].slice(0, most)
}

/** Payloads are text of the portable codec; what it can say and JSON can't is shown by name. */
export const toPayloadText = (payload: string): string => {
  try {
    return toValueText(decodePortable(payload))
  } catch {
    return payload
  }
}

const named = (_: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return value === undefined ? 'undefined' : value
}

export const toValueText = (value: unknown): string => JSON.stringify(value, named, 2) ?? String(value)

const encoder = new TextEncoder()

/** What the payloads of operations that wait take, as UTF-8. */
export const waitingBytes = (operations: readonly Operation[]): number =>
  operations
    .filter(({ status }) => status === 'PENDING' || status === 'SENT')
    .reduce((sum, { payload }) => sum + encoder.encode(payload).length, 0)

export const toBytesText = (bytes: number): string => {
  if (bytes < 1_000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
