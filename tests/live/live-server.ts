import { createSyncMiddleware } from '@holdfast/server/express'
import { allowAll, type SyncOptions } from '@holdfast/server'
import type { SqlRunner } from '@holdfast/server/prisma'
import express from 'express'
import { notes } from './schema.ts'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import { listen } from '../harness/listen.ts'

export const scope = 'team-1'
export const user = { id: 'ada' }

export interface LiveServer extends AsyncDisposable {
  readonly url: string
  /** How often each procedure was asked for. */
  readonly asked: ReadonlyMap<string, number>
  /** Server code adds a note. */
  readonly add: (id: string) => Promise<void>
}

/** One process of a server: Express over a database that it may share with others. */
export const startLiveServer = async (
  { store }: Pick<TestDatabase, 'store'>,
  options: Partial<Pick<SyncOptions<never, SqlRunner>, 'broadcaster' | 'limits'>> = {},
): Promise<LiveServer> => {
  const asked = new Map<string, number>()
  const sync = createSyncMiddleware({
    schema: notes,
    store,
    authenticate: () => user,
    scopes: () => [scope],
    authorize: allowAll,
    tokenSecrets: ['a secret for tests of thirty-two bytes'],
    rates: 'none',
    logger: { error: () => undefined },
    ...options,
    // All devices are one user's.
    limits: { liveStreamsPerUser: 20, ...options.limits },
  })
  const app = express()
  app.use('/sync', (req, _res, next) => {
    const name = req.path.slice(1)
    asked.set(name, (asked.get(name) ?? 0) + 1)
    next()
  })
  app.use('/sync', sync)
  const listening = await listen(app)
  return {
    url: `${listening.url}/sync`,
    asked,
    add: (id) => sync.write({ user }, scope, ({ records }) => records.put('notes', id, { id, text: id })),
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  }
}
