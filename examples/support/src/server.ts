import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AnyCollection } from '@holdfast/core'
import { allowAll, type ServerStore } from '@holdfast/server'
import { createSyncMiddleware, type SyncMiddlewareOptions } from '@holdfast/server/express'
import { applyMigrations, prismaStore, type SqlRunner } from '@holdfast/server/prisma'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import express, { type Express, type RequestHandler } from 'express'
import { PrismaClient } from '../prisma/generated/client.ts'

export interface Server {
  readonly url: string
  /** Ends it; its file goes with it. */
  readonly stop: () => Promise<void>
}

/** Serves under `/sync`. */
export const serve = async (
  createHandler: (store: ServerStore<SqlRunner>) => RequestHandler,
): Promise<Server> => {
  const server = await serveApp((store) => express().use('/sync', createHandler(store)))
  return { ...server, url: `${server.url}/sync` }
}

/** Serves an app over a SQLite file in a folder of its own, on a free port. */
export const serveApp = async (createApp: (store: ServerStore<SqlRunner>) => Express): Promise<Server> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-example-'))
  const adapter = new PrismaBetterSqlite3({ url: `file:${join(folder, 'server.db')}` })
  await applyMigrations({ adapter })
  const prisma = new PrismaClient({ adapter })
  const server = createApp(prismaStore(prisma)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await prisma.$disconnect()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type Collections = Readonly<Record<string, AnyCollection>>
type MiddlewareOptions<TCollections extends Collections> = SyncMiddlewareOptions<
  { readonly id: string },
  SqlRunner,
  TCollections
>

/** The only scope of these examples, unless they name another. */
export const scope = 'team-1'

/** What an app decides; `authorize` is `allowAll` where it is left out, as no real app should. */
export type ServerOptions<TCollections extends Collections> = Pick<
  MiddlewareOptions<TCollections>,
  'schema' | 'serverOperations'
> &
  Partial<Pick<MiddlewareOptions<TCollections>, 'authorize'>>

/** A server that takes everybody's word for who they are. */
export const startServer = <const TCollections extends Collections>(
  options: ServerOptions<TCollections>,
): Promise<Server> =>
  serve((store) =>
    createSyncMiddleware<{ readonly id: string }, SqlRunner, TCollections>({
      authorize: allowAll,
      ...options,
      store,
      authenticate: (req) => ({ id: req.headers.authorization ?? '' }),
      scopes: () => [scope],
      tokenSecrets: ['for trying out only, 32 bytes or more'],
    }),
  )
