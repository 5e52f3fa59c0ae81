import * as z from 'zod/mini'
import {
  count,
  cursor,
  decided,
  encodedPayload,
  id,
  list,
  name,
  schemaVersion,
  scope,
  text,
  time,
  token,
  whole,
  wholeWithin,
} from './parts.ts'
import { maxPage, page } from './pull.ts'
import { refusal } from './refusal.ts'
import { result } from './verdict.ts'

/** The most operations that one push may carry. */
export const maxBatch = 200

/** The most numbers of waiting operations that one push may name. */
export const maxWaiting = 10_000

/** The longest marks of one operation, in characters of the portable codec. */
export const maxMarks = 1024

/** Operations that are applied all or none. They come in one batch, whole. */
export const transactionPart = z.object({ id, size: wholeWithin(1, maxBatch) })
export type TransactionPart = z.infer<typeof transactionPart>

export const wireOperation = z.object({
  id,
  /** The order in which the client first sent its operations of this scope: 1, 2, 3, ... */
  clientSeq: whole(1),
  collection: name,
  recordId: id,
  /** `create`, `update`, `delete`, or the name of an operation of the collection. */
  type: name,
  payload: encodedPayload,
  /** The version of the record that the author saw; 0 where there was none. Never advances. */
  baseVersion: count,
  timestamp: time,
  /** The schema version that wrote it. */
  opVersion: schemaVersion,
  transaction: z.optional(transactionPart),
  /** What plugins put beside the payload for their halves on the server: an object, in the portable codec. */
  marks: z.optional(text(maxMarks)),
  /**
   * Of one that was made before the server lost changes: up to this position of the feed its author saw the same history.
   * What others changed after that it has not seen, whatever `baseVersion` says.
   */
  history: z.optional(count),
  /**
   * Of one that does not live for ever: how many milliseconds ago it was made, at least, when this request left. Not part
   * of what is frozen.
   */
  age: z.optional(count),
  /** Asks that it be not applied. Where it was decided already, that decision is the answer. */
  cancel: z.optional(z.literal(true)),
})
export type WireOperation = z.infer<typeof wireOperation>

/**
 * Rotated by the client at each start, once the last rotation was acknowledged. A copy of the client's
 * files that goes its own way falls behind and is noticed: the server knows neither of its two values.
 */
export const instance = z.object({ acknowledged: id, candidate: id })
export type Instance = z.infer<typeof instance>

export const pushInput = z.object({
  protocol: z.int(),
  schemaVersion: z.optional(schemaVersion),
  clientId: id,
  instance,
  scope,
  cursor,
  batchId: id,
  /**
   * Numbers of operations that were sent before, were answered `retry`, and are left out here: they count as
   * present. No operation of this batch may concern a record of one of them.
   */
  waiting: z.optional(list(whole(1), maxWaiting)),
  /** The most changes of the page that comes with the answer, as of a pull. Absent: as the server likes. */
  limit: z.optional(wholeWithin(1, maxPage)),
  /** Judged one by one with `wireOperation`, so that a malformed one never fails its batch. */
  operations: z.array(z.unknown()),
})
export type PushInput = Omit<z.infer<typeof pushInput>, 'operations'> & {
  readonly operations: readonly WireOperation[]
}

const answer = z.object({
  kind: z.literal('answer'),
  /** One for each operation, in the order of the batch. */
  results: z.array(result),
  resumeToken: token,
  decided,
  serverTime: time,
  /** The first page after the cursor, from the transaction that decided the batch. */
  page,
})
export type PushAnswer = z.infer<typeof answer>

export const pushOutput = z.union([answer, refusal])
export type PushOutput = z.infer<typeof pushOutput>
