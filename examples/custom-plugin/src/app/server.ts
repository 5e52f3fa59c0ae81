import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Schema } from '@holdfast/core'
import { allowAll, type Logger, type ServerPlugin, type ServerStore } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { memoryServerStore } from '@holdfast/server/testing'
import express, { type RequestHandler } from 'express'
import { formerSchema, schema, type Entry } from './schema.ts'

export const scope = 'ward-3'

export interface Server {
  readonly url: string
  /** What an entry holds on the server. */
  readonly read: (recordId: string) => Promise<Entry>
  /** Loses all that it ever had, as a server does that was set up anew by mistake. */
  readonly forget: () => void
  /** Goes on with the app of today, over what the former one wrote. */
  readonly upgrade: () => void
  readonly stop: () => Promise<void>
}

export interface ServerOptions {
  readonly plugins: readonly ServerPlugin[]
  /** It begins with the app of before, and these. */
  readonly former?: readonly ServerPlugin[] | undefined
  readonly logger?: Logger
}

/** A sync server on a free port, in memory: a real one uses prismaStore(). */
export const startServer = async ({ plugins, former, logger }: ServerOptions): Promise<Server> => {
  const over = (store: ServerStore, isFormer = false): RequestHandler => {
    const served: Schema = isFormer ? formerSchema : schema
    return createSyncMiddleware({
      schema: served,
      store,
      authenticate: (req) => ({ id: req.headers.authorization ?? '' }),
      scopes: () => [scope],
      authorize: allowAll,
      tokenSecrets: ['for trying out only, 32 bytes or more'],
      plugins: (isFormer ? former : undefined) ?? plugins,
      logger,
    })
  }
  let store: ServerStore = memoryServerStore()
  let sync = over(store, former !== undefined)

  const app = express().use('/sync', (request, response, next) => void sync(request, response, next))
  const listening = app.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  return {
    url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/sync`,
    async read(recordId) {
      const keys = [{ collection: 'entries', id: recordId }]
      const [row] = await store.read(scope, (tx) => tx.records(keys))
      return schema.collections.entries.fields.parse(row?.data)
    },
    forget() {
      store = memoryServerStore()
      sync = over(store)
    },
    upgrade() {
      sync = over(store)
    },
    async stop() {
      const closed = once(listening, 'close')
      listening.close()
      listening.closeAllConnections()
      await closed
    },
  }
}
