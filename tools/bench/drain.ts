import { join } from 'node:path'
import { createSyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { allowAll } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { applyMigrations, prismaStore } from '@holdfast/server/prisma'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import Database from 'better-sqlite3'
import express from 'express'
import { PrismaClient } from '../../packages/server/prisma/sqlite/generated/client.ts'
import { benchSchema } from './fixtures.ts'
import { rate, withFolder, type Measure } from './measure.ts'
import { serve } from './serve.ts'

const operations = 10_000
const batch = 200

/** 10,000 queued operations to an empty queue: a SQLite device, real HTTP, Express, Prisma on SQLite. */
export const measureDrain = async (): Promise<readonly Measure[]> => [
  {
    name: `drain of ${operations.toLocaleString('en')} operations`,
    unit: 'operations/s',
    value: await withFolder(drain),
    floor: await withFolder(rawDrain),
    note: 'floor: the same batches as plain JSON over node:http, the same rows through better-sqlite3 on both sides',
  },
]

const serveHoldfast = async (folder: string) => {
  const adapter = new PrismaBetterSqlite3({ url: `file:${join(folder, 'server.db')}` })
  await applyMigrations({ adapter })
  const prisma = new PrismaClient({ adapter })
  const app = express()
  app.use(
    '/sync',
    createSyncMiddleware({
      schema: benchSchema,
      store: prismaStore(prisma),
      authenticate: () => ({ id: 'bench' }),
      scopes: () => ['team'],
      authorize: allowAll,
      tokenSecrets: ['a secret of the benchmark, long enough'],
      rates: 'none',
    }),
  )
  const server = await serve(app)
  return {
    url: `${server.url}/sync`,
    async close() {
      server.close()
      await prisma.$disconnect()
    },
  }
}

const drain = async (folder: string): Promise<number> => {
  const server = await serveHoldfast(folder)
  const client = await createSyncClient({
    schema: benchSchema,
    user: 'bench',
    storage: sqliteStorage({ filename: join(folder, 'device.db') }),
    transport: trpcTransport({ url: server.url, path: '' }),
    scopes: ['team'],
    autoStart: false,
    limits: { maxOps: operations },
  })
  for (let start = 0; start < operations; start += 500) {
    await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        client.collections.notes.create({ title: `Note ${start + index}` }),
      ),
    )
  }
  const perSecond = await rate(operations, async () => {
    client.start()
    const state = await client.syncNow()
    if (state.status !== 'synced') throw new Error(`The drain ended in ${JSON.stringify(state)}`)
  })
  await client.close()
  await server.close()
  return perSecond
}

/** As many rows as the device and the server write for each operation, as one statement each. */
const openRows = (filename: string) => {
  const database = new Database(filename)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE rows (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID')
  const put = database.prepare('INSERT OR REPLACE INTO rows VALUES (?, ?)')
  const store = database.transaction((values: readonly string[], kinds: readonly string[]) => {
    for (const kind of kinds)
      values.forEach((value, index) => put.run(`${kind}/${value.length}/${index}`, value))
  })
  return { database, store }
}

const rawDrain = async (folder: string): Promise<number> => {
  const remote = openRows(join(folder, 'server.db'))
  const device = openRows(join(folder, 'device.db'))
  const server = await serve((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const values = JSON.parse(Buffer.concat(chunks).toString()) as readonly string[]
      remote.store(values, ['record', 'operation'])
      response.end(JSON.stringify(values))
    })
  })
  const values = Array.from({ length: batch }, (_, index) => `${index}`.padEnd(420, 'x'))
  const perSecond = await rate(operations, async () => {
    for (let sent = 0; sent < operations; sent += batch) {
      device.store(values, ['operation', 'queue'])
      const answer = await fetch(server.url, { method: 'POST', body: JSON.stringify(values) })
      await answer.json()
      device.store(values, ['record', 'done', 'operation', 'queue'])
    }
  })
  server.close()
  remote.database.close()
  device.database.close()
  return perSecond
}
