import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SyncError } from '@holdfast/core'
import { createSyncMiddleware } from '@holdfast/server/express'
import { memoryServerStore } from '@holdfast/server/testing'
import express from 'express'
import { schema } from './schema.ts'

const refuse = (reason: string, message: string): SyncError => new SyncError('REFUSED', message, { reason })

const sync = () =>
  createSyncMiddleware({
    schema,
    store: memoryServerStore(), // forgets everything: a real one is prismaStore(prisma), and tx its transaction
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

export const startServer = async (): Promise<{
  readonly url: string
  readonly stop: () => Promise<void>
}> => {
  const server = express().use('/sync', sync()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sync`,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
