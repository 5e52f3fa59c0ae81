import { setTimeout as sleep } from 'node:timers/promises'
import { allowAll, type ServerStore } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { prismaStore, type SqlRunner } from '@holdfast/server/prisma'
import express from 'express'
import { z } from 'zod'
import { schema } from '../../packages/core/test/support/schema.ts'
import { openPrisma } from '../../packages/server/test/support/open-prisma.ts'
import { listen } from '../harness/listen.ts'
import { scope } from '../harness/server.ts'
import { withSequenceFeed } from './sequence-feed.ts'

/** One server process of several over one database. Its only argument: these options, as JSON. Prints its URL. */
export const serverProcessOptions = z.object({
  database: z.string(),
  /** Each write takes up to so many milliseconds more, before it commits. */
  commitDelayMs: z.number().default(0),
  /** With the planted fault of `sequence-feed.ts`. */
  sequenceFeed: z.boolean().default(false),
})

const slowly = (store: ServerStore<SqlRunner>, ms: number): ServerStore<SqlRunner> =>
  ms === 0
    ? store
    : {
        ...store,
        write: (at, run) =>
          store.write(at, async (tx) => {
            const result = await run(tx)
            await sleep(Math.random() * ms)
            return result
          }),
      }

const serve = async (): Promise<void> => {
  const { database, commitDelayMs, sequenceFeed } = serverProcessOptions.parse(
    JSON.parse(process.argv[2] ?? '{}'),
  )
  const prisma = openPrisma(database)
  const store = sequenceFeed
    ? prismaStore(withSequenceFeed(prisma), { provider: 'postgresql' })
    : prismaStore<SqlRunner>(prisma)
  const sync = createSyncMiddleware({
    schema,
    store: slowly(store, commitDelayMs),
    authenticate: ({ headers }) =>
      headers.authorization === undefined ? undefined : { id: headers.authorization },
    scopes: () => [scope],
    authorize: allowAll,
    tokenSecrets: ['a secret that all processes share, of 32 bytes'],
    rates: 'none',
  })
  const { url } = await listen(express().use('/sync', sync))
  process.stdout.write(`${url}/sync\n`)
}

if (import.meta.main) await serve()
