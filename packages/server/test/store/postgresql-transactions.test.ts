import { applyMigrations, prismaStore } from '@holdfast/server/prisma'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TestDatabase } from '../support/databases.ts'
import { adapterFor, openPrisma } from '../support/open-prisma.ts'
import { createPostgresqlDatabase, sharedPostgres } from '../support/shared-postgres.ts'
import { create, createWorld, kinds, scope, type TestClient } from '../support/world.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await createPostgresqlDatabase()
})
afterEach(() => database.close())

type Tx = Parameters<Parameters<TestDatabase['prisma']['$transaction']>[0]>[0]

interface Held {
  readonly release: () => Promise<void>
}

/** Another program's transaction, open until it is released. */
const hold = async (run: (tx: Tx) => Promise<unknown>): Promise<Held> => {
  const { prisma } = database.another()
  let open = (): void => undefined
  let end = (): void => undefined
  const opened = new Promise<void>((done) => {
    open = done
  })
  const ended = new Promise<void>((done) => {
    end = done
  })
  const transaction = prisma.$transaction(
    async (tx) => {
      await run(tx)
      open()
      await ended
    },
    { timeout: 60_000 },
  )
  await Promise.race([opened, transaction])
  return {
    async release() {
      end()
      await transaction
    },
  }
}

const pushOne = async (client: TestClient, id: string): Promise<void> => {
  expect(kinds(await client.push(create(client, id, { title: 'x' })))).toEqual(['applied'])
}

test('[DB1] [DB2] a write locks at READ COMMITTED, a read is one read-only snapshot, whatever the database’s default', async () => {
  const { prisma } = database
  const setDefault = (level: string) =>
    prisma.$executeRawUnsafe(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ${level}', current_database()); END $$`,
    )
  await setDefault("''serializable''")
  const { prisma: fresh } = database.another()
  const store = prismaStore(fresh)
  const modeOf = async (tx: unknown): Promise<unknown> => {
    const [row] = await (tx as Tx).$queryRaw<unknown[]>`
      SELECT current_setting('transaction_isolation') AS isolation, current_setting('transaction_read_only') AS read_only`
    return row
  }
  expect(await store.write(scope, (tx) => modeOf(tx.database))).toEqual({
    isolation: 'read committed',
    read_only: 'off',
  })
  expect(await store.read(scope, (tx) => modeOf(tx.database))).toEqual({
    isolation: 'repeatable read',
    read_only: 'on',
  })
  const writing = store.read(
    scope,
    (tx) => tx.database.$executeRaw`INSERT INTO holdfast_clients VALUES ('c', 'u', 'i')`,
  )
  await expect(writing).rejects.toThrow(/read-only transaction/)
  await setDefault('DEFAULT')
})

test('[DB3] a foreign transaction on another table, with a transaction id, delays nobody and hides nothing', async () => {
  const held = await hold((tx) => tx.$executeRaw`CREATE TABLE foreign_table AS SELECT txid_current() AS id`)
  const world = createWorld(database.store)
  const writers = ['a', 'b', 'c'].map((id) => world.client(id))
  const reader = world.client('reader')
  const seen: string[] = []
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(writers.map((writer) => pushOne(writer, `${writer.clientId}-${round}`)))
    seen.push(...(await reader.pullAll()).map(({ id }) => id))
  }
  await held.release()
  expect(seen.toSorted()).toEqual(
    ['a', 'b', 'c'].flatMap((id) => [0, 1, 2, 3, 4].map((round) => `${id}-${round}`)),
  )
  expect((await reader.pull()).changes).toEqual([])
})

test('[DB3] a held scope delays its own writers only: others and all readers go on, with the pool of one process', async () => {
  const world = createWorld(database.store)
  const a = world.client('a')
  await pushOne(a, 'before')
  const held = await hold(
    (tx) => tx.$queryRaw`SELECT 1 FROM holdfast_scopes WHERE scope = ${scope} FOR UPDATE`,
  )
  // More than the pool has connections.
  const waiting = Array.from({ length: 30 }, (_, index) => world.client(`w-${index}`)).map((client) =>
    pushOne(client, `of ${client.clientId}`.replace(' ', '-')),
  )
  for (let round = 0; round < 10; round += 1) {
    expect((await world.client(`reader-${round}`).pullAll()).length).toBe(1)
    const b = world.client(`b-${round}`)
    const output = await b.pushRaw([create(b, `r-${round}`, { title: 'x' })], { scope: 'team-2' })
    expect(output).toMatchObject({ results: [{ kind: 'applied' }] })
  }
  await held.release()
  await Promise.all(waiting)
  expect((await a.pullAll()).length).toBe(31)
})

test('the tables may live in a schema of their own, by search_path', async () => {
  const { url } = await (await sharedPostgres()).createEmpty()
  const inSchema = new URL(url)
  inSchema.searchParams.set('options', '-c search_path=holdfast')
  const prisma = openPrisma(inSchema.href)
  await prisma.$executeRaw`CREATE SCHEMA holdfast`
  await applyMigrations({ adapter: adapterFor(inSchema.href) })
  const a = createWorld(prismaStore(prisma)).client('a')
  await pushOne(a, 'r-1')
  expect(await a.pullAll()).toMatchObject([{ id: 'r-1', version: 1 }])
  const [row] = await prisma.$queryRaw<unknown[]>`SELECT count(*)::int AS rows FROM holdfast.holdfast_records`
  expect(row).toEqual({ rows: 1 })
  await prisma.$disconnect()
})
