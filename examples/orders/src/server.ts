import { createOutboxWorker, type OutboxEvent, type ServerStore } from '@holdfast/server'
import { inProcessBroadcaster } from '@holdfast/server/broadcasters'
import { createSyncMiddleware } from '@holdfast/server/express'
import type { SqlRunner } from '@holdfast/server/prisma'
import express, { type Express } from 'express'
import { schema } from './schema.ts'

export interface Shop {
  readonly app: Express
  readonly stop: () => Promise<void>
}

/** `mail` stands for the app's own queue. */
export const openShop = (
  store: ServerStore<SqlRunner>,
  mail: (event: OutboxEvent) => Promise<void>,
): Shop => {
  const broadcaster = inProcessBroadcaster()
  const sync = createSyncMiddleware({
    schema,
    store, // prismaStore(prisma) over a SQLite file
    authenticate: (req) => ({ id: req.headers.authorization ?? '' }),
    scopes: () => ['shop'],
    // Devices order; that an order is paid the server says.
    authorize: ({ before, after }) => (before?.['paid'] ?? false) === after?.['paid'],
    tokenSecrets: ['for trying out only, 32 bytes or more'],
    serverOnly: { orders: ['cost'] },
    outbox: true,
    broadcaster,
  })
  const worker = createOutboxWorker({ store, broadcaster, deliver: mail })

  const app = express()
  app.use('/sync', sync)
  app.post('/orders/:id/paid', (req, res, next) => {
    const user = { id: req.headers.authorization ?? '' }
    sync
      .write({ user }, 'shop', ({ records }) =>
        records.update('orders', req.params.id, { paid: true, cost: 3 }),
      )
      .then(() => res.status(204).end(), next)
  })
  return {
    app,
    async stop() {
      await worker.stop()
      await broadcaster.close()
    },
  }
}
