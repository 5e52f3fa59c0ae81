import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { allowAll } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { memoryServerStore } from '@holdfast/server/testing'
import express from 'express'
import { schema } from './schema.ts'

/** A sync server on a free port that forgets everything when it ends: a real one uses prismaStore(). */
export const startServer = async (): Promise<{
  readonly url: string
  readonly stop: () => Promise<void>
}> => {
  const sync = createSyncMiddleware({
    schema,
    store: memoryServerStore(),
    authenticate: (req) => ({ id: req.headers.authorization ?? '' }),
    scopes: () => ['team-1'],
    authorize: allowAll,
    tokenSecrets: ['for trying out only, 32 bytes or more'],
  })
  const server = express().use('/sync', sync).listen(0, '127.0.0.1')
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
