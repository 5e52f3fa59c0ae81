import {
  byPath,
  collection,
  counter,
  fieldMerge,
  lastWriteWins,
  manual,
  operation,
  optimisticVersion,
  orSet,
  registerMap,
  serverWins,
  type ConflictStrategy,
} from '@holdfast/core'
import { otText } from '@holdfast/plugins/ot'
import { text } from '@holdfast/plugins/text'
import { z } from 'zod'
import { scopeOfId } from './scopes.ts'

const scope = ({ id }: { readonly id: string }): string => scopeOfId(id)

/** A strategy of the app's own: both meet in the middle. */
const middle = (): ConflictStrategy => ({
  name: 'middle',
  resolve: ({ fields, local, remote }) => ({
    take: 'merged',
    patch: Object.fromEntries(
      fields.map((field) => [
        field,
        Math.floor((Number(local.values[field]) + Number(remote.values[field])) / 2),
      ]),
    ),
  }),
})

const ticket = z.object({ id: z.string(), state: z.string(), steps: z.number() })

const stock = z.object({
  id: z.string(),
  name: z.string(),
  buyer: z.string().optional(),
  count: counter(),
  tags: orSet(z.string()),
})

const leaf = z.union([z.string(), z.number()])
const layout = z.record(z.string(), z.union([leaf, z.record(z.string(), leaf)]))

const account = z.object({ id: z.string(), owner: z.string(), balance: z.int() })
type Account = z.output<typeof account>

const amount = z.object({ amount: z.int().positive() })
const plus = (record: Account, change: number): Account => ({ ...record, balance: record.balance + change })

/** Every strategy, delete policy and field type that is not in every world, and a bank. */
export const variedCollections = {
  /** What the server has stays. */
  badges: collection({
    scope,
    fields: z.object({ id: z.string(), label: z.string(), level: z.number() }),
    conflict: serverWins(),
  }),
  /** Always on the newest version, again and again; a deletion always stands. */
  tickets: collection({
    scope,
    fields: ticket,
    conflict: optimisticVersion({ onConflict: 'retry' }),
    deletes: 'deleteWins',
    operations: {
      advance: operation({
        input: z.object({ to: z.string() }),
        apply: (record: z.output<typeof ticket>, { to }) => ({
          ...record,
          state: to,
          steps: record.steps + 1,
        }),
      }),
    },
  }),
  /** What is not on the newest version is a dead letter. */
  orders: collection({
    scope,
    fields: z.object({ id: z.string(), item: z.string(), amount: z.number() }),
    conflict: optimisticVersion({ onConflict: 'reject' }),
    deletes: 'editWins',
  }),
  /** The later write wins, but never over a deletion. */
  drafts: collection({
    scope,
    fields: z.object({ id: z.string(), text: z.string(), mark: z.string() }),
    conflict: lastWriteWins(),
    deletes: 'deleteWins',
  }),
  /** Each field is settled in another way. */
  plans: collection({
    scope,
    fields: z.object({
      id: z.string(),
      title: z.string(),
      state: z.string(),
      level: z.number(),
      owner: z.string(),
    }),
    conflict: fieldMerge({
      onOverlap: serverWins(),
      fields: { title: manual(), state: lastWriteWins(), level: middle() },
    }),
    deletes: 'ask',
  }),
  /** A sum and a set, beside fields that ask. */
  stocks: collection({
    scope,
    fields: stock,
    conflict: fieldMerge({ onOverlap: 'ask' }),
    operations: {
      sell: operation({
        input: z.object({ by: z.number(), buyer: z.string() }),
        apply: (record: z.output<typeof stock>, { by, buyer }) => ({
          ...record,
          count: record.count - by,
          tags: record.tags.includes('sold') ? record.tags : [...record.tags, 'sold'],
          buyer,
        }),
      }),
    },
  }),
  /** Keys and places, beside a field that asks about whatever its author had not seen. */
  sheets: collection({
    scope,
    fields: z.object({
      id: z.string(),
      title: z.string(),
      cells: registerMap(z.string()),
      layout: byPath(layout, { frame: { width: 1, colour: 'grey' } }),
    }),
    conflict: optimisticVersion(),
  }),
  /** Texts that several write at once. */
  texts: collection({
    scope,
    fields: z.object({ id: z.string(), title: z.string(), body: text(), script: otText() }),
    conflict: fieldMerge({ onOverlap: 'ask' }),
  }),
  /** Money: what devices do is a guess, and the server decides. */
  accounts: collection({
    scope,
    fields: account,
    conflict: serverWins(),
    operations: {
      transfer: operation({
        input: amount.extend({ to: z.string() }),
        apply: (record: Account, input) => plus(record, -input.amount),
      }),
      /** The other half of the guess of a transfer, and nothing else. */
      receive: operation({ input: amount, apply: (record: Account, input) => plus(record, input.amount) }),
    },
  }),
}

export type VariedName = keyof typeof variedCollections
export const variedNames = Object.keys(variedCollections) as readonly VariedName[]
