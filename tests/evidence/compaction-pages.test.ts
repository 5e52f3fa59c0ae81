import { statSync } from 'node:fs'
import { collection, createSyncClient, defineSchema, fieldMerge } from '@holdfast/core'
import { compaction } from '@holdfast/plugins/compaction'
import { betterSqlite3Driver, sqliteStorage, type SqliteDriver } from '@holdfast/storage-adapters/sqlite'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { unreachable } from '../../tools/bench/fixtures.ts'
import { figure } from '../harness/figure.ts'
import { temporaryFolder } from '../harness/folder.ts'

const records = 250

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({ id: z.string(), title: z.string() }),
      conflict: fieldMerge(),
    }),
  },
})

/** What is written stays in the log of SQLite, page by page, until somebody moves it on. */
const withWholeLog = (): SqliteDriver => {
  const driver = betterSqlite3Driver()
  return {
    ...driver,
    async load() {
      const library = await driver.load()
      return {
        ...library,
        open(filename) {
          const connection = library.open(filename)
          connection.exec('PRAGMA wal_autocheckpoint = 0')
          return connection
        },
      }
    },
  }
}

const emptyLog = (filename: string): void => {
  const database = new Database(filename)
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
}

/** A page and what the log says of it. */
const frame = 4_096 + 24

/** Pages that a pass writes for each operation, of a queue in which each record has so many. */
const pagesPerOperation = async (each: number): Promise<number> => {
  using folder = temporaryFolder()
  const filename = folder.path('device.db')
  const never = { threshold: 1_000_000, perRecord: 1_000_000 }
  const client = await createSyncClient({
    schema,
    user: 'somebody',
    storage: sqliteStorage({ filename, durability: 'normal', driver: withWholeLog() }),
    transport: unreachable,
    scopes: ['team'],
    plugins: [compaction(never)],
    autoStart: false,
    limits: { maxOps: 1_000_000 },
  })
  const { notes } = client.collections
  const ids = Array.from({ length: records }, (_, index) => `note-${index}`)
  await Promise.all(ids.map((id) => notes.create({ id, title: 'Note' })))
  for (let edit = 1; edit < each; edit += 1)
    await Promise.all(ids.map((id) => notes.update(id, { title: `Edit ${edit} of the title of a note` })))
  emptyLog(filename)
  expect(await client.plugins.compaction.compact('team')).toBe(records * (each - 1))
  const pages = statSync(`${filename}-wal`).size / frame
  await client.close()
  return pages / (records * each)
}

test(
  '[CP10] a pass writes as many pages for each operation where records have four times as many',
  { timeout: 120_000 },
  async () => {
    const [few, many] = [await pagesPerOperation(20), await pagesPerOperation(80)]
    figure(
      `${few.toFixed(2)} pages for each operation where a record has 20, ${many.toFixed(2)} where it has 80`,
    )
    expect(many).toBeLessThan(1.2 * few)
  },
)
