import { SyncError } from '@holdfast/core'
import { wireOperation, type TransactionPart, type WireOperation } from '@holdfast/core/protocol'
import { payloadHash } from './payload-hash.ts'

/** An operation as it came in a batch. `index`: its place there. */
export type ReadOperation = Sent | Malformed | Unreadable

interface Addressed {
  readonly index: number
  readonly id: string
  readonly clientSeq: number
  readonly hash: string
}

/** Well-formed; whether it fits the schema is judged later. */
export interface Sent extends Addressed {
  readonly kind: 'sent'
  readonly operation: WireOperation
}

/** It can be named and answered for good, but not judged. */
export interface Malformed extends Addressed {
  readonly kind: 'malformed'
  readonly error: SyncError
  /** What belongs to it is decided with it. */
  readonly transaction: TransactionPart | undefined
  readonly collection: string
  readonly recordId: string
  readonly type: string
}

/** It can't even be named. */
export interface Unreadable {
  readonly kind: 'unreadable'
  readonly index: number
  readonly id: string
  readonly error: SyncError
}

const { id: idRule, clientSeq: seqRule, transaction: transactionRule } = wireOperation.shape

/** Stands for an id that can't be read, in the answer. */
const unreadableId = 'unreadable'

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** As every database can store it: without NUL and lone surrogates. */
const shortText = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, 64).toWellFormed().replaceAll('\0', '\uFFFD') : ''

const seqOf = (read: ReadOperation): number =>
  read.kind === 'unreadable' ? Number.MAX_SAFE_INTEGER : read.clientSeq

export const transactionOf = (read: ReadOperation): TransactionPart | undefined => {
  switch (read.kind) {
    case 'sent':
      return read.operation.transaction
    case 'malformed':
      return read.transaction
    case 'unreadable':
      return undefined
  }
}

/** The order in which a batch is decided, whatever the order in which it came. */
export const bySeq = (left: ReadOperation, right: ReadOperation): number =>
  seqOf(left) - seqOf(right) || left.index - right.index

/** Judges the form of one member of a batch by itself, so that a malformed one never fails its batch. */
export const readOperation = (input: unknown, index: number, maxPayload: number): ReadOperation => {
  const raw = isObject(input) ? input : {}
  const id = idRule.safeParse(raw['id'])
  const clientSeq = seqRule.safeParse(raw['clientSeq'])
  if (!id.success || !clientSeq.success) {
    const error = new SyncError('INVALID', 'The operation has no readable id and clientSeq.', { path: 'id' })
    return { kind: 'unreadable', index, id: id.success ? id.data : unreadableId, error }
  }
  const addressed: Addressed = { index, id: id.data, clientSeq: clientSeq.data, hash: payloadHash(raw) }
  const malformed = (error: SyncError): Malformed => ({
    kind: 'malformed',
    ...addressed,
    error,
    transaction: transactionRule.safeParse(raw['transaction']).data,
    collection: shortText(raw['collection']),
    recordId: shortText(raw['recordId']),
    type: shortText(raw['type']),
  })

  const payload = raw['payload']
  if (typeof payload === 'string' && payload.length > maxPayload) {
    return malformed(tooLarge(maxPayload, payload.length))
  }
  const parsed = wireOperation.safeParse(raw)
  if (parsed.success) return { kind: 'sent', ...addressed, operation: parsed.data }
  const path = parsed.error.issues[0]?.path.join('.') ?? ''
  return malformed(new SyncError('INVALID', `The operation's ${path} is malformed.`, { path }))
}

const tooLarge = (limit: number, actual: number): SyncError =>
  new SyncError('TOO_LARGE', `The payload has ${actual} characters; at most ${limit} are allowed.`, {
    limit,
    actual,
    what: 'payload',
  })
