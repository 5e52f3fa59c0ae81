import * as z from 'zod/mini'
import { count, encodedPayload, encodedRecord, id, none, time } from './parts.ts'
import { code } from './refusal.ts'

/** Applied on exactly what its author saw (and the author's own operations). */
const applied = { kind: z.literal('applied'), version: count }

/** Applied together with changes that its author had not seen. `lost`: fields whose value did not win. */
const merged = { kind: z.literal('merged'), version: count, lost: z.array(z.string()) }

/** Not applied: a person has to choose. `$deleted` among the fields means that being deleted is disputed. */
const conflict = {
  kind: z.literal('conflict'),
  fields: z.array(z.string()),
  /** The server's record, or its last value where `serverDeleted`. Null where the reader may not see it. */
  serverData: z.union([encodedRecord, none]),
  serverDeleted: z.boolean(),
  serverVersion: count,
  updatedBy: z.string(),
  updatedAt: time,
  /** The payload as it was sent. */
  clientData: encodedPayload,
}

/** Not applied, for good. */
const rejected = {
  kind: z.literal('rejected'),
  code,
  message: z.string(),
  /** The operation whose failure caused this one. */
  cause: z.optional(id),
  /** Of REFUSED: the app's own word for why. */
  reason: z.optional(z.string()),
  /** Of LEASE_LOST: the user who may edit the record, where somebody does. */
  holder: z.optional(z.string()),
}

/**
 * Not applied, because another operation of its transaction was not: `cause`. By its reason the whole transaction
 * waits for a person, or is over.
 */
const aborted = { kind: z.literal('aborted'), cause: id, reason: z.literal(['conflict', 'rejected']) }

/** Not applied, and never will be: its author took it back in time. */
const cancelled = { kind: z.literal('cancelled') }

/** Not applied: it came when its lifetime was over. */
const expired = { kind: z.literal('expired') }

/**
 * Not applied: what it does to a field with a type of its own builds on what is no longer known. Its author makes the
 * visible difference again, on this record. Null where there is none, or where the reader may not see it.
 */
const rebase = {
  kind: z.literal('rebase'),
  serverVersion: count,
  record: z.union([encodedRecord, none]),
}

/** A decision: it is stored, and every later copy of the operation gets it again. */
export const verdict = z.union([
  z.object(applied),
  z.object(merged),
  z.object(conflict),
  z.object(rejected),
  z.object(aborted),
  z.object(cancelled),
  z.object(expired),
  z.object(rebase),
])
export type Verdict = z.infer<typeof verdict>
export type ConflictVerdict = Extract<Verdict, { kind: 'conflict' }>
export type RebaseVerdict = Extract<Verdict, { kind: 'rebase' }>

/** This copy changed nothing: the operation was decided before. */
const duplicate = { kind: z.literal('duplicate'), verdict }

/** No decision yet: send the operation again later. */
const retry = { kind: z.literal('retry'), code, message: z.string() }

/** The server's word on one operation of a batch, in the order of the batch. */
export const result = z.union([
  z.object({ ...applied, id }),
  z.object({ ...merged, id }),
  z.object({ ...conflict, id }),
  z.object({ ...rejected, id }),
  z.object({ ...aborted, id }),
  z.object({ ...cancelled, id }),
  z.object({ ...expired, id }),
  z.object({ ...rebase, id }),
  z.object({ ...duplicate, id }),
  z.object({ ...retry, id }),
])
export type Result = z.infer<typeof result>

/** What is kept of a verdict: no data, which is read again under the rights of whoever asks. */
export const storedVerdict = z.union([
  z.object(applied),
  z.object(merged),
  z.object({ kind: z.literal('conflict'), fields: z.array(z.string()) }),
  z.object(rejected),
  z.object(aborted),
  z.object(cancelled),
  z.object(expired),
  z.object({ kind: z.literal('rebase') }),
])
export type StoredVerdict = z.infer<typeof storedVerdict>
