import { join } from 'node:path'
import { createSyncClient } from '@holdfast/core'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import Database from 'better-sqlite3'
import type { Measure } from './measure.ts'
import { rate, withFolder } from './measure.ts'
import { benchSchema, unreachable } from './fixtures.ts'

const writes = 2_000

/** One durable write after the other, each awaited; beside it the same bytes through the bare driver. */
export const measureLocalWrites = async (): Promise<readonly Measure[]> => [
  {
    name: 'sequential durable writes',
    unit: 'writes/s',
    value: await withFolder(sequentialWrites),
    floor: await withFolder(rawSequentialWrites),
    note: 'floor: one SQLite transaction with the same five rows, synchronous=FULL',
  },
  {
    name: 'concurrent durable writes (100 at a time)',
    unit: 'writes/s',
    value: await withFolder(concurrentWrites),
    floor: await withFolder(rawGroupedWrites),
    note: 'floor: one SQLite transaction of the same 500 rows',
  },
]

const openClient = (folder: string) =>
  createSyncClient({
    schema: benchSchema,
    user: 'bench',
    storage: sqliteStorage({ filename: join(folder, 'device.db') }),
    transport: unreachable,
    scopes: ['team'],
    autoStart: false,
    limits: { maxOps: 1_000_000 },
  })

const title = (index: number): string => `Note number ${index} with a title of usual length`

const sequentialWrites = async (folder: string): Promise<number> => {
  const client = await openClient(folder)
  const perSecond = await rate(writes, async () => {
    for (let index = 0; index < writes; index += 1)
      await client.collections.notes.create({ title: title(index) })
  })
  await client.close()
  return perSecond
}

const concurrentWrites = async (folder: string): Promise<number> => {
  const client = await openClient(folder)
  const rounds = 100
  const perSecond = await rate(rounds * 100, async () => {
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => client.collections.notes.create({ title: title(index) })),
      )
    }
  })
  await client.close()
  return perSecond
}

/** Rows of the sizes that one create stores: record, operation, queue, index, log head. */
const rowSizes = [330, 470, 120, 110, 130]

const openRaw = (folder: string) => {
  const database = new Database(join(folder, 'raw.db'))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT, revision INTEGER) WITHOUT ROWID')
  const put = database.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?)')
  const values = rowSizes.map((size) => 'x'.repeat(size))
  const store = (index: number): void =>
    values.forEach((value, row) =>
      put.run(`${row}/some/prefix/${row === 4 ? 0 : index * 7_919}`, value, index),
    )
  return { database, store }
}

const rawSequentialWrites = async (folder: string): Promise<number> => {
  const { database, store } = openRaw(folder)
  const one = database.transaction(store)
  const perSecond = await rate(writes, () => {
    for (let index = 0; index < writes; index += 1) one(index)
  })
  database.close()
  return perSecond
}

const rawGroupedWrites = async (folder: string): Promise<number> => {
  const { database, store } = openRaw(folder)
  const group = database.transaction((first: number) => {
    for (let index = first; index < first + 100; index += 1) store(index)
  })
  const perSecond = await rate(10_000, () => {
    for (let first = 0; first < 10_000; first += 100) group(first)
  })
  database.close()
  return perSecond
}
