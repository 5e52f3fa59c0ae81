import * as z from 'zod/mini'
import {
  count,
  cursor,
  decided,
  encodedRecord,
  id,
  name,
  schemaVersion,
  scope,
  time,
  wholeWithin,
} from './parts.ts'
import { refusal } from './refusal.ts'

const changeHead = {
  collection: name,
  id,
  version: count,
  seq: count,
  updatedBy: z.string(),
  updatedAt: time,
  /** The schema version of the data, where it is not the reader's. Such a record comes whole. */
  schemaVersion: z.optional(schemaVersion),
}

/** The latest state of a record that changed after the cursor. */
export const change = z.union([
  /** The whole record: it was created or revived after the cursor. */
  z.object({ ...changeHead, kind: z.literal('record'), data: encodedRecord }),
  /** Only the fields that changed after the cursor, on top of what the reader has. */
  z.object({ ...changeHead, kind: z.literal('fields'), data: encodedRecord, removed: z.array(z.string()) }),
  /** `moved`: it went to another scope. */
  z.object({ ...changeHead, kind: z.literal('deleted'), moved: z.optional(z.literal(true)) }),
])
export type Change = z.infer<typeof change>

/** Changes after a cursor, in feed order. It and the `decided` beside it come from one snapshot. */
const pageFields = {
  changes: z.array(change),
  cursor,
  hasMore: z.boolean(),
  head: count,
}
export const page = z.object(pageFields)
export type Page = z.infer<typeof page>

/** The most records that a page may be asked for. */
export const maxPage = 1000

export const pullInput = z.object({
  protocol: z.int(),
  /** The reader's. Absent: that of the rows. */
  schemaVersion: z.optional(schemaVersion),
  clientId: id,
  scope,
  cursor,
  limit: z.optional(wholeWithin(1, maxPage)),
})
export type PullInput = z.infer<typeof pullInput>

const answer = z.object({ ...pageFields, kind: z.literal('answer'), decided, serverTime: time })
export type PullAnswer = z.infer<typeof answer>

export const pullOutput = z.union([answer, refusal])
export type PullOutput = z.infer<typeof pullOutput>
