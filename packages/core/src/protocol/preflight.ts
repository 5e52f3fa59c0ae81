import * as z from 'zod/mini'
import { count, cursor, filledText, id, list, name, schemaVersion, scope, text, time } from './parts.ts'
import { refusal } from './refusal.ts'

/** The most entities that one preflight may name. */
export const maxPreflightEntities = 500

/** The most fields of one entity. */
const maxFields = 1000

/** A field, or `$deleted`. */
const field = filledText(65)

/** What one or more operations would change on a record, without any value. */
export const preflightEntity = z.object({
  collection: name,
  id,
  /** The version that their author saw. */
  baseVersion: count,
  /** What they change or read; `$deleted` alone: they delete the record. */
  fields: list(field, maxFields),
  /** The named operation that changes them; absent for the built-in ones. */
  operation: z.optional(name),
  /** As in a push: up to this position of the feed their author saw the server's history. */
  history: z.optional(count),
})
export type PreflightEntity = z.infer<typeof preflightEntity>

/** Asks what a push would meet. Metadata only; nothing is decided or stored. */
export const preflightInput = z.object({
  protocol: z.int(),
  /** The device's. Absent: a client that does not know `server_older`. */
  schemaVersion: z.optional(schemaVersion),
  clientId: id,
  scope,
  cursor,
  entities: list(preflightEntity, maxPreflightEntities),
  /** Of the whole queue. */
  counts: z.object({ pending: count, sent: count }),
  /** Of the oldest operation in the queue; absent where it is empty. */
  oldestTimestamp: z.optional(time),
  /** The schema versions that wrote the operations. */
  opVersions: list(text(64), maxPreflightEntities),
})
export type PreflightInput = z.infer<typeof preflightInput>

/**
 * LOW: nothing overlaps. MEDIUM: something overlaps, and its values decide or one side's value is lost. HIGH: a person
 * will be asked, or the operation can't be applied.
 */
export const risks = ['LOW', 'MEDIUM', 'HIGH'] as const
export const risk = z.literal(risks)
export type Risk = z.infer<typeof risk>

export const riskReason = z.literal([
  /** Nobody else changed what it changes. */
  'disjoint',
  /** The strategy, or the operation's server half, settles it without asking; the values decide what it comes to. */
  'depends_on_values',
  /** The strategy leaves this to a person. */
  'asks',
  /** It goes to another scope and takes along fields that somebody else changed. */
  'unseen',
  /** Somebody deleted the record meanwhile, or changed what is to be deleted. */
  'deleted',
  /** The server has no such record. */
  'missing',
  /** The server has no such collection. */
  'unknown_collection',
  /** A newer major version of the app wrote the operation or the record: this server decides nothing about it, nor foresees. */
  'server_older',
])
export type RiskReason = z.infer<typeof riskReason>

/** What the device should do next, from what may go on to what may not. */
export const preflightActions = ['PUSH', 'PULL_FIRST', 'UPGRADE_REQUIRED', 'RESET_REQUIRED'] as const
export const preflightAction = z.literal(preflightActions)
export type PreflightAction = z.infer<typeof preflightAction>

export const entityRisk = z.object({
  collection: name,
  id,
  risk,
  /** Those of the fields that were asked about which somebody else changed. */
  fields: z.array(field),
  reason: riskReason,
})
export type EntityRisk = z.infer<typeof entityRisk>

const answer = z.object({
  kind: z.literal('answer'),
  /** The highest of the entities' risks. */
  conflictRisk: risk,
  /** In the order asked. */
  entities: z.array(entityRisk),
  action: preflightAction,
  serverTime: time,
})
export type PreflightAnswer = z.infer<typeof answer>

export const preflightOutput = z.union([answer, refusal])
export type PreflightOutput = z.infer<typeof preflightOutput>
