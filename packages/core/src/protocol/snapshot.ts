import * as z from 'zod/mini'
import {
  count,
  cursor,
  encodedRecord,
  id,
  name,
  schemaVersion,
  scope,
  time,
  token,
  wholeWithin,
} from './parts.ts'
import { maxPage } from './pull.ts'
import { refusal } from './refusal.ts'

/** Where the next page of a snapshot begins. */
const pageToken = token

/** A living record as it was when its page was read. */
export const snapshotRow = z.object({
  collection: name,
  id,
  version: count,
  seq: count,
  updatedBy: z.string(),
  updatedAt: time,
  schemaVersion: z.optional(schemaVersion),
  data: encodedRecord,
})
export type SnapshotRow = z.infer<typeof snapshotRow>

/** Asks for everything that a scope holds, page by page in the order of the records' keys. */
export const snapshotInput = z.object({
  protocol: z.int(),
  schemaVersion: z.optional(schemaVersion),
  clientId: id,
  scope,
  /** Absent: from the beginning. */
  pageToken: z.optional(pageToken),
  limit: z.optional(wholeWithin(1, maxPage)),
})
export type SnapshotInput = z.infer<typeof snapshotInput>

const answer = z.object({
  kind: z.literal('answer'),
  rows: z.array(snapshotRow),
  /** How many records there were when the first page was read. Absent where the server does not know. */
  total: z.optional(count),
  /** Absent on the last page. */
  pageToken: z.optional(pageToken),
  /**
   * Leads on from where the feed stood when the first page was read: what changed since, and what was deleted, is told
   * by `pull` from there. The last page's is the one to use: it is refused where changes were lost that a page told of.
   */
  cursor,
  /** Where the feed stands now. */
  head: count,
  serverTime: time,
})
export type SnapshotAnswer = z.infer<typeof answer>

export const snapshotOutput = z.union([answer, refusal])
export type SnapshotOutput = z.infer<typeof snapshotOutput>
