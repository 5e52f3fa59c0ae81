import { join } from 'node:path'
import { allowAll } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { applyMigrations, prismaStore } from '@holdfast/server/prisma'
import Database from 'better-sqlite3'
import express from 'express'
import { Pool } from 'pg'
import { adapterFor, openPrisma } from '../../packages/server/test/support/open-prisma.ts'
import { postgresqlDatabases } from '../../packages/server/test/support/postgresql-databases.ts'
import { startPostgres } from '../postgres/start-postgres.ts'
import { benchSchema } from './fixtures.ts'
import { rate, withFolder, type Measure } from './measure.ts'
import { statementsOf } from './push-floor.ts'
import {
  batch,
  clients,
  loadClients,
  pushes,
  pushesPerClient,
  sendLoad,
  type LoadClient,
} from './push-load.ts'
import { serve } from './serve.ts'

const oneScope = loadClients(() => 'team')
const scopeEach = loadClients((client) => `team-${client}`)

/** Batches of several clients at once: real HTTP, Express, Prisma; the disk is waited for on both databases. */
export const measureServerPushes = async (): Promise<readonly Measure[]> => {
  await using postgres = await startPostgres({ durable: true })
  await using databases = postgresqlDatabases(postgres.url)
  const onPostgresql = (measure: (url: string) => Promise<number>) =>
    withFolder(async () => measure(await migrated((await databases.createEmpty()).url)))
  const onSqlite = (measure: (url: string) => Promise<number>) =>
    withFolder(async (folder) => measure(await migrated(`file:${join(folder, 'server.db')}`)))

  const measureOf = async (
    where: string,
    on: typeof onSqlite,
    floor: (url: string, load: readonly LoadClient[]) => Promise<number>,
    load: readonly LoadClient[],
  ): Promise<Measure> => ({
    name: `pushes of ${batch} operations from ${clients} clients, ${where}`,
    unit: 'pushes/s',
    value: await on((url) => pushRate(url, load)),
    floor: await on((url) => floor(url, load)),
    note: 'floor: the same rows in as many transactions through the bare driver, without HTTP',
  })
  return [
    await measureOf('one scope, SQLite', onSqlite, sqliteFloor, oneScope),
    await measureOf('one scope, PostgreSQL', onPostgresql, postgresqlFloor, oneScope),
    await measureOf('a scope each, PostgreSQL', onPostgresql, postgresqlFloor, scopeEach),
  ]
}

const migrated = async (url: string): Promise<string> => {
  await applyMigrations({ adapter: adapterFor(url) })
  return url
}

const pushRate = async (database: string, load: readonly LoadClient[]): Promise<number> => {
  const prisma = openPrisma(database)
  const sync = createSyncMiddleware({
    schema: benchSchema,
    store: prismaStore(prisma),
    authenticate: () => ({ id: 'bench' }),
    scopes: () => load.map(({ scope }) => scope),
    authorize: allowAll,
    tokenSecrets: ['a secret of the benchmark, long enough'],
    rates: 'none',
  })
  const server = await serve(express().use('/sync', sync))
  const perSecond = await rate(pushes, () => sendLoad(`${server.url}/sync`, load))
  server.close()
  await prisma.$disconnect()
  return perSecond
}

const sqliteFloor = async (url: string, load: readonly LoadClient[]): Promise<number> => {
  const database = new Database(url.replace('file:', ''))
  database.pragma('synchronous = FULL')
  const store = database.transaction((client: LoadClient, push: number) => {
    for (const { text, values } of statementsOf(client, push)) {
      database
        .prepare(text(() => '?'))
        .run(values.map((value) => (typeof value === 'boolean' ? Number(value) : value)))
    }
  })
  const perSecond = await rate(pushes, () => {
    for (let push = 0; push < pushesPerClient; push += 1)
      for (const client of load) store.immediate(client, push)
  })
  database.close()
  return perSecond
}

const postgresqlFloor = async (url: string, load: readonly LoadClient[]): Promise<number> => {
  const pool = new Pool({ connectionString: url, max: clients })
  const send = async (client: LoadClient): Promise<void> => {
    const connection = await pool.connect()
    for (let push = 0; push < pushesPerClient; push += 1) {
      await connection.query('BEGIN')
      for (const { text, values } of statementsOf(client, push)) {
        await connection.query(
          text((place) => `$${place}`),
          [...values],
        )
      }
      await connection.query('COMMIT')
    }
    connection.release()
  }
  const perSecond = await rate(pushes, async () => {
    await Promise.all(load.map(send))
  })
  await pool.end()
  return perSecond
}
