import { serve, type Server } from '@holdfast-examples/support/server'
import { SyncError } from '@holdfast/core'
import type { ServerStore } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import type { SqlRunner } from '@holdfast/server/prisma'
import { schema } from './schema.ts'

const refuse = (reason: string, message: string): SyncError => new SyncError('REFUSED', message, { reason })

const sync = (store: ServerStore<SqlRunner>) =>
  createSyncMiddleware({
    schema,
    store, // prismaStore(prisma) over a SQLite file; tx is its transaction
    authenticate: (req) => ({ id: req.headers.authorization ?? '' }),
    scopes: () => ['bank'],
    // Asked about every record that an operation changes. Nobody sets a balance by `update`.
    authorize: ({ ctx, action, before, after }) =>
      action === 'create'
        ? after?.['balance'] === 0
        : action === 'deposit'
          ? ctx.user.id === 'clerk'
          : action === 'receive' || (action === 'transfer' && before !== undefined),
    tokenSecrets: ['for trying out only, 32 bytes or more'],
    serverOperations: {
      accounts: {
        deposit: ({ record, input }) => ({ ...record, balance: record.balance + input.amount }),
        async transfer({ record, input, records, user }) {
          if (record.owner !== user) throw refuse('not_yours', 'This is not your account.')
          if (record.balance < input.amount)
            throw refuse('insufficient_balance', 'There is not enough in it.')
          const to = await records.get('accounts', input.to)
          if (to === undefined || to.id === record.id)
            throw refuse('no_such_account', 'There is no such account.')
          await records.put('accounts', to.id, { ...to, balance: to.balance + input.amount })
          return { ...record, balance: record.balance - input.amount }
        },
        // The money is there already, by `transfer`. Whoever sends this alone gets nothing.
        receive: ({ record }) => record,
      },
    },
  })

export const startServer = (): Promise<Server> => serve(sync)
