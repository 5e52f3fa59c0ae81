import { randomBytes } from 'node:crypto'
import { allowAll, createSyncRouter, type ServerStore } from '@holdfast/server'
import { createExpressMiddleware } from '@holdfast/server/express'
import express, { type Express } from 'express'
import type { PrismaClient } from '../../prisma/generated/client.ts'
import { schema } from '../schema.ts'
import { authedProcedure, createContext, t } from './auth.ts'

export interface AppOptions<TDatabase> {
  readonly prisma: PrismaClient
  readonly store: ServerStore<TDatabase>
  readonly onRequest: () => void
}

/** An Express app with a tRPC router of its own, in which the sync router is one of several. */
export const createApp = <TDatabase>({ prisma, store, onRequest }: AppOptions<TDatabase>): Express => {
  const sync = createSyncRouter({
    schema,
    store,
    procedure: authedProcedure,
    scopes: ({ user }) => [user.crew],
    authorize: allowAll,
    // A real server keeps its secrets: devices can't go on from cursors that were signed with lost ones.
    tokenSecrets: [process.env['SYNC_SECRET'] ?? randomBytes(32).toString('base64url')],
  })
  const router = t.router({
    sync,
    whoAmI: authedProcedure.query(({ ctx }) => ctx.user.id),
  })

  const app = express()
  app.use((_request, _response, next) => {
    onRequest()
    next()
  })
  app.use('/trpc', createExpressMiddleware({ router, createContext: createContext(prisma) }))
  return app
}
