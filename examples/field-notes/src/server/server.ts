import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createSyncMiddleware } from '@holdfast/server/express'
import express from 'express'
import { schema } from '../shared/schema.ts'
import { openDatabase } from './database.ts'
import { writeFirstRecords } from './first-records.ts'
import { mayWrite, scopesOf, whoCalls } from './permissions.ts'

export interface ServerOptions {
  /** The SQLite file. */
  readonly filename: string
  /** Where the built app is. */
  readonly folder: string
  /** Default: a free one. */
  readonly port?: number
}

export interface Server {
  readonly url: string
  readonly stop: () => Promise<void>
}

export const startServer = async ({ filename, folder, port = 0 }: ServerOptions): Promise<Server> => {
  const database = await openDatabase(filename)
  const sync = createSyncMiddleware({
    schema,
    store: database.store,
    authenticate: whoCalls,
    scopes: scopesOf,
    authorize: mayWrite,
    tokenSecrets: [process.env['SYNC_SECRET'] ?? 'for trying out only, 32 bytes or more'],
  })
  await writeFirstRecords(sync)

  const app = express()
  app.use('/sync', sync)
  app.use(express.static(folder, { setHeaders: keepFresh, extensions: ['html'] }))
  const server = app.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await database.close()
    },
  }
}

/** The names of assets change with what is in them; everything else is asked for again. */
const keepFresh = (response: express.Response, path: string): void => {
  const isHashed = path.includes(join('/', 'assets', '/'))
  response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
}
