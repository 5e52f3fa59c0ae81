import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SyncError, type Environment } from '@holdfast/core'
import { allowAll, type ServerOperations, type ServerStore } from '@holdfast/server'
import { createSyncMiddleware, type SyncContext } from '@holdfast/server/express'
import type { SqlRunner } from '@holdfast/server/prisma'
import express, { type RequestHandler } from 'express'
import { first, second, upgrade, type First, type Second, type Version } from './schema.ts'

export interface Server extends AsyncDisposable {
  readonly url: string
  /** The server goes on with this version of the app, over the same database. */
  readonly deploy: (version: Version) => void
}

export const scope = 'team-1'

interface User {
  readonly id: string
}
type Context = SyncContext<User>

/** Two can't have one task, and only the server knows who came first. */
const serverOperations = {
  tasks: {
    claim({ record, input }) {
      if (record.owner !== '' && record.owner !== input.by)
        throw new SyncError('REFUSED', `It is ${record.owner}'s.`, { reason: 'taken' })
      return { ...record, owner: input.by }
    },
  },
} satisfies ServerOperations<First, Context, unknown> & ServerOperations<Second, Context, unknown>

/** A server that takes everybody's word for who they are, behind Express. */
export const startServer = async (
  store: ServerStore<SqlRunner>,
  environment: Environment,
): Promise<Server> => {
  const shared = {
    store,
    environment,
    authorize: allowAll,
    authenticate: (req: express.Request) => ({ id: req.headers.authorization ?? '' }),
    scopes: () => [scope],
    tokenSecrets: ['for trying out only, 32 bytes or more'],
    // The clock of this story stands still while somebody syncs: whoever counts by it finds everybody too quick.
    rates: 'none' as const,
  }
  const versions: Readonly<Record<Version, () => RequestHandler>> = {
    '1.0.0': () =>
      createSyncMiddleware<User, SqlRunner, First>({ ...shared, serverOperations, schema: first }),
    '1.1.0': () =>
      createSyncMiddleware<User, SqlRunner, Second>({
        ...shared,
        serverOperations,
        schema: second,
        plugins: [upgrade],
      }),
  }
  let handler = versions['1.0.0']()
  const server = express()
    .use('/sync', (req, res, next) => void handler(req, res, next))
    .listen(0, '127.0.0.1')
  await once(server, 'listening')
  // All of the story is one process: a connection may look idle while somebody else is busy.
  server.keepAliveTimeout = 600_000
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sync`,
    deploy(version) {
      handler = versions[version]()
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
