import { SyncError, type RecordOf } from '@holdfast/core'
import type { ServerRow } from '@holdfast/core/protocol'
import { createSyncMiddleware } from '@holdfast/server/express'
import { prismaStore, type SqlRunner } from '@holdfast/server/prisma'
import express from 'express'
import { openPrisma } from '../../../packages/server/test/support/open-prisma.ts'
import { listen } from '../../harness/listen.ts'
import { accountIds, bankScope, opening, transferSchema } from '../schema.ts'

/** `node server-process.ts <database> <port> <accounts>`: the bank. Prints `ready`. It may be killed at any moment. */
const [database = '', port = '', count = ''] = process.argv.slice(2)

const prisma = openPrisma(database)
const store = prismaStore<SqlRunner>(prisma)

const toRow = (id: string, index: number): ServerRow => {
  const at = {
    version: 1,
    clientId: 'founder',
    userId: 'founder',
    otherVersion: 0,
    timestamp: 1,
    seq: index + 1,
  }
  return {
    collection: 'accounts',
    id,
    version: 1,
    seq: at.seq,
    bornSeq: at.seq,
    deleted: false,
    data: { id, balance: opening },
    fieldVersions: { id: at, balance: at },
    updatedAt: 1,
    updatedBy: 'founder',
  }
}

/** Once; the app's own table, without any constraint that would hide a second entry. */
const found = (): Promise<void> =>
  store.write(bankScope, async (tx) => {
    if (tx.state.head > 0) return
    await tx.database
      .$executeRaw`CREATE TABLE ledger (operation_id TEXT, account TEXT, amount INTEGER, balance INTEGER)`
    const rows = accountIds(Number(count)).map(toRow)
    await tx.save({ rows, operations: [], resends: [], head: { head: rows.length, nonce: 'founded' } })
  })

interface Entry {
  readonly operationId: string
  readonly account: string
  readonly amount: number
  readonly balance: number
}

const enter = async (tx: SqlRunner, { operationId, account, amount, balance }: Entry): Promise<void> => {
  await tx.$executeRaw`INSERT INTO ledger (operation_id, account, amount, balance)
    VALUES (${operationId}, ${account}, ${amount}, ${balance})`
}

type Account = RecordOf<(typeof transferSchema)['collections']['accounts']>
type Change = Pick<Entry, 'operationId' | 'amount'>

const withdraw = async (
  tx: SqlRunner,
  record: Account,
  { operationId, amount }: Change,
): Promise<Account> => {
  const balance = record.balance - amount
  // On purpose before it is known whether it will do: what was written has to go with the refusal.
  await enter(tx, { operationId, account: record.id, amount: -amount, balance })
  if (balance >= 0) return { ...record, balance }
  throw new SyncError('REFUSED', 'There is not enough in the account.', { reason: 'insufficient_balance' })
}

const pay = async (tx: SqlRunner, record: Account, { operationId, amount }: Change): Promise<Account> => {
  const balance = record.balance + amount
  await enter(tx, { operationId, account: record.id, amount, balance })
  return { ...record, balance }
}

await found()
const sync = createSyncMiddleware({
  schema: transferSchema,
  store,
  authenticate: ({ headers }) => ({ id: headers.authorization ?? '' }),
  scopes: () => [bankScope],
  authorize: ({ action }) => ['debit', 'credit', 'transfer', 'receive'].includes(action),
  tokenSecrets: ['a secret that all starts share, of 32 bytes'],
  rates: 'none',
  serverOperations: {
    accounts: {
      async debit({ tx, record, input, operationId }) {
        return await withdraw(tx, record, { operationId, amount: input.amount })
      },
      async credit({ tx, record, input, operationId }) {
        return await pay(tx, record, { operationId, amount: input.amount })
      },
      async transfer({ tx, record, input, operationId, records }) {
        const to = await records.get('accounts', input.to)
        if (to === undefined) throw new Error('Nobody closes an account here.')
        const left = await withdraw(tx, record, { operationId, amount: input.amount })
        await records.put('accounts', to.id, await pay(tx, to, { operationId, amount: input.amount }))
        return left
      },
      receive: ({ record }) => record,
    },
  },
})
await listen(express().use('/sync', sync), Number(port))
process.stdout.write('ready\n')
