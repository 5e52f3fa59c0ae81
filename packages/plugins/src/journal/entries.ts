import { collection, lastWriteWins, type CollectionDefinition } from '@holdfast/core'
import * as z from 'zod/mini'

export type TakenSide = 'local' | 'remote'

/** What was settled. A value that is not here is a field that was not there, unless values are withheld. */
export interface Settlement {
  readonly operationId: string
  readonly at: number
  readonly collection: string
  readonly recordId: string
  readonly field: string
  readonly strategy: string
  readonly kept: TakenSide | 'merged'
  readonly local?: unknown
  readonly remote?: unknown
  readonly merged?: unknown
  readonly localBy: string
  readonly remoteBy?: string | undefined
  readonly withheld?: 'tooLarge' | 'redacted' | undefined
}

/** By whom an entry was undone, when, and whose value was brought back. */
export interface Undone {
  readonly at: number
  readonly by: string
  readonly take: TakenSide
}

/** By `at` and `by` a device guesses; the server puts its own time and the user that it knows. */
export interface Mark extends Undone {
  readonly operationId: string
  readonly field: string
}

/** An entry in its slot, or the head of a ring of slots. */
export interface EntryRecord {
  readonly id: string
  /** Of an entry: the how manieth of its scope it is. Of the head: of the newest. */
  readonly number: number
  /** Of the head: how many entries are kept. */
  readonly keep?: number | undefined
  readonly entry?: Settlement | undefined
  readonly undone?: Undone | undefined
}

const side = z.union([z.literal('local'), z.literal('remote')])

const settlement = z.object({
  operationId: z.string(),
  at: z.number(),
  collection: z.string(),
  recordId: z.string(),
  field: z.string(),
  strategy: z.string(),
  kept: z.union([side, z.literal('merged')]),
  local: z.optional(z.unknown()),
  remote: z.optional(z.unknown()),
  merged: z.optional(z.unknown()),
  localBy: z.string(),
  remoteBy: z.optional(z.string()),
  withheld: z.optional(z.union([z.literal('tooLarge'), z.literal('redacted')])),
})

const undone = z.object({ at: z.number(), by: z.string(), take: side })

type EntryFields = z.ZodMiniObject<{
  id: z.ZodMiniString
  number: z.ZodMiniNumber
  keep: z.ZodMiniOptional<z.ZodMiniNumber>
  entry: z.ZodMiniOptional<z.ZodMiniType<Settlement>>
  undone: z.ZodMiniOptional<z.ZodMiniType<Undone>>
}>

const fields: EntryFields = z.object({
  id: z.string(),
  number: z.number(),
  keep: z.optional(z.number()),
  entry: z.optional(settlement),
  undone: z.optional(undone),
})

const mark: z.ZodMiniType<Mark> = z.object({ ...undone.shape, operationId: z.string(), field: z.string() })

/** The one operation on it that devices may send. */
export const markType = 'markUndone'

/** The slot may have got another entry meanwhile; and what is undone is undone. */
export const markUndone = (record: EntryRecord, { operationId, field, ...by }: Mark): EntryRecord => {
  const isIt = record.entry?.operationId === operationId && record.entry.field === field
  return isIt && record.undone === undefined ? { ...record, undone: by } : record
}

export type JournalCollection = CollectionDefinition<EntryFields, { markUndone: z.ZodMiniType<Mark> }>

/** The collection that a journal keeps its entries in: give it a name in the schema, and the name to `journal`. */
export const journalEntries = (): JournalCollection =>
  collection({
    fields,
    conflict: lastWriteWins(),
    operations: { markUndone: { input: mark, apply: (record, input) => ({ ...markUndone(record, input) }) } },
  })
