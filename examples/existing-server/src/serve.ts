import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Express } from 'express'
import { openDatabase, type Database } from './database.ts'

export interface Server {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** One life of the server, over a database that outlives it. */
export const serve = async (
  createApp: (database: Database) => Promise<Express>,
  url: string,
): Promise<Server> => {
  const database = openDatabase(url)
  const server = (await createApp(database)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await database.close()
    },
  }
}
