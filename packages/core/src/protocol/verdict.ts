import * as z from 'zod/mini'
import { dispositions, type ErrorCode } from '../base/errors.ts'
import { count, encodedPayload, encodedRecord, id, time } from './parts.ts'

const codes = Object.keys(dispositions) as [ErrorCode, ...ErrorCode[]]
const code = z.enum(codes)

/** Applied on exactly what its author saw (and the author's own operations). */
const applied = z.object({ kind: z.literal('applied'), version: count })

/** Applied together with changes that its author had not seen. `lost`: fields whose value did not win. */
const merged = z.object({ kind: z.literal('merged'), version: count, lost: z.array(z.string()) })

/** Not applied: a person has to choose. `$deleted` among the fields means that being deleted is disputed. */
const conflict = z.object({
  kind: z.literal('conflict'),
  fields: z.array(z.string()),
  /** The server's record, or its last value where `serverDeleted`. Null where the reader may not see it. */
  serverData: z.nullable(encodedRecord),
  serverDeleted: z.boolean(),
  serverVersion: count,
  updatedBy: z.string(),
  updatedAt: time,
  /** The payload as it was sent. */
  clientData: encodedPayload,
})

/** Not applied, for good. */
const rejected = z.object({
  kind: z.literal('rejected'),
  code,
  message: z.string(),
  /** The operation whose failure caused this one. */
  cause: z.optional(id),
})

/**
 * Not applied, because another operation of its transaction was not: `cause`. By its reason the whole transaction
 * waits for a person, or is over.
 */
const aborted = z.object({ kind: z.literal('aborted'), cause: id, reason: z.enum(['conflict', 'rejected']) })

/** Not applied, and never will be: its author took it back in time. */
const cancelled = z.object({ kind: z.literal('cancelled') })

/**
 * Not applied: what it does to a field with a type of its own builds on what is no longer known. Its author makes the
 * visible difference again, on this record. Null where there is none, or where the reader may not see it.
 */
const rebase = z.object({
  kind: z.literal('rebase'),
  serverVersion: count,
  record: z.nullable(encodedRecord),
})

/** A decision: it is stored, and every later copy of the operation gets it again. */
export const verdict = z.discriminatedUnion('kind', [
  applied,
  merged,
  conflict,
  rejected,
  aborted,
  cancelled,
  rebase,
])
export type Verdict = z.infer<typeof verdict>
export type ConflictVerdict = z.infer<typeof conflict>
export type RebaseVerdict = z.infer<typeof rebase>

/** This copy changed nothing: the operation was decided before. */
const duplicate = z.object({ kind: z.literal('duplicate'), verdict })

/** No decision yet: send the operation again later. */
const retry = z.object({ kind: z.literal('retry'), code, message: z.string() })

/** The server's word on one operation of a batch, in the order of the batch. */
export const result = z.discriminatedUnion('kind', [
  z.extend(applied, { id }),
  z.extend(merged, { id }),
  z.extend(conflict, { id }),
  z.extend(rejected, { id }),
  z.extend(aborted, { id }),
  z.extend(cancelled, { id }),
  z.extend(rebase, { id }),
  z.extend(duplicate, { id }),
  z.extend(retry, { id }),
])
export type Result = z.infer<typeof result>

/** What is kept of a verdict: no data, which is read again under the rights of whoever asks. */
export const storedVerdict = z.discriminatedUnion('kind', [
  applied,
  merged,
  z.object({ kind: z.literal('conflict'), fields: z.array(z.string()) }),
  rejected,
  aborted,
  cancelled,
  z.object({ kind: z.literal('rebase') }),
])
export type StoredVerdict = z.infer<typeof storedVerdict>
