import { collection, counter, defineSchema, manual, operation, SyncError } from '@holdfast/core'
import type { WireOperation } from '@holdfast/core/protocol'
import type { ServerOperations, SyncOptions } from '@holdfast/server'
import { z } from 'zod'
import { create, readRow, type Caller, type Sketch, type TestClient, type World } from '../support/world.ts'

const account = z.object({
  id: z.string(),
  owner: z.string().default(''),
  balance: z.int().max(1_000_000).default(0),
  moves: counter(),
})
type Account = z.output<typeof account>

const amount = z.object({ amount: z.int().positive() })

export const bankSchema = defineSchema({
  version: '1.0.0',
  collections: {
    accounts: collection({
      fields: account,
      // Would ask about everything, if it were asked.
      conflict: manual(),
      operations: {
        debit: operation({
          input: amount,
          apply: (record: Account, input) => ({ ...record, balance: record.balance - input.amount }),
        }),
        credit: operation({
          input: amount,
          apply: (record: Account, input) => ({ ...record, balance: record.balance + input.amount }),
        }),
        transfer: operation({
          input: amount.extend({ to: z.string() }),
          apply: (record: Account, input) => ({ ...record, balance: record.balance - input.amount }),
        }),
        rename: operation({
          input: z.object({ owner: z.string() }),
          apply: (record: Account, input) => ({ ...record, owner: input.owner }),
        }),
      },
    }),
    receipts: collection({ fields: z.object({ id: z.string(), from: z.string(), amount: z.int() }) }),
  },
})

export type BankCollections = (typeof bankSchema)['collections']
export type BankHalves<TDatabase = unknown> = ServerOperations<BankCollections, Caller, TDatabase>
type Options<TDatabase> = Partial<SyncOptions<Caller, TDatabase>>

export const poor = (): SyncError =>
  new SyncError('REFUSED', 'There is not enough in the account.', { reason: 'insufficient_balance' })

export const halves: NonNullable<BankHalves['accounts']> = {
  debit({ record, input }) {
    if (record.balance < input.amount) throw poor()
    return { ...record, balance: record.balance - input.amount, moves: record.moves + 1 }
  },
  credit: ({ record, input }) => ({
    ...record,
    balance: record.balance + input.amount,
    moves: record.moves + 1,
  }),
  async transfer({ record, input, records, operationId }) {
    if (record.balance < input.amount) throw poor()
    const to = await records.get('accounts', input.to)
    if (to === undefined) throw new SyncError('REFUSED', 'No such account.', { reason: 'no_such_account' })
    await records.put('accounts', to.id, { ...to, balance: to.balance + input.amount })
    await records.put('receipts', operationId, { id: operationId, from: record.id, amount: input.amount })
    return { ...record, balance: record.balance - input.amount }
  },
}

/** Options of a world whose accounts have these server halves. */
export const bank = <TDatabase = unknown>(
  accounts: BankHalves<TDatabase>['accounts'] = halves,
): Options<TDatabase> => {
  const serverOperations: BankHalves<TDatabase> = accounts === undefined ? {} : { accounts }
  return { schema: bankSchema, serverOperations: serverOperations as Options<TDatabase>['serverOperations'] }
}

export const open = (client: TestClient, id: string, balance: number): WireOperation => ({
  ...create(client, id, { owner: '', balance }),
  collection: 'accounts',
})

export const run = (
  client: TestClient,
  recordId: string,
  type: string,
  value: Sketch['value'],
): WireOperation =>
  client.operation({
    collection: 'accounts',
    recordId,
    type,
    baseVersion: 1,
    ...(value === undefined ? {} : { value }),
  })

/** Operations that belong together. */
export const together = (id: string, ...operations: readonly WireOperation[]): readonly WireOperation[] =>
  operations.map((one) => ({ ...one, transaction: { id, size: operations.length } }))

export const balances = async (
  { store }: World<unknown>,
  ...ids: readonly string[]
): Promise<readonly unknown[]> => {
  const rows = await Promise.all(ids.map((id) => readRow(store, id, 'accounts')))
  return rows.map((row) => row?.data['balance'])
}

export const withAccounts = async (world: World<unknown>): Promise<TestClient> => {
  const founder = world.client('founder')
  await founder.push(open(founder, 'a', 100), open(founder, 'b', 10))
  return world.client('a')
}
