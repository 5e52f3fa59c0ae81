import { join } from 'node:path'
import { collection, createSyncClient, defineSchema } from '@holdfast/core'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { unreachable } from './fixtures.ts'
import { rate, withFolder, type Measure } from './measure.ts'

const records = 10_000
const writes = 2_000
const page = 50
const lists = 100

const fields = z.object({
  id: z.string(),
  list: z.string(),
  position: z.number(),
  title: z.string(),
  done: z.boolean(),
})

const schemaWith = (indexes: readonly (readonly ('list' | 'position' | 'done')[])[]) =>
  defineSchema({ version: '1.0.0', collections: { tasks: collection({ fields, indexes }) } })

const indexed = schemaWith([['list', 'position'], ['done']])
const plain = schemaWith([])

const openClient = (folder: string, schema: typeof plain) =>
  createSyncClient({
    schema,
    user: 'bench',
    storage: sqliteStorage({ filename: join(folder, 'device.db') }),
    transport: unreachable,
    scopes: ['team'],
    autoStart: false,
    limits: { maxOps: 1_000_000 },
  })

const task = (index: number) => ({
  id: `task-${index}`,
  list: `list-${index % lists}`,
  position: (index * 7_919) % records,
  title: `Task number ${index} with a title of usual length`,
  done: index % 2 === 0,
})

const fill = async ({ collections: { tasks } }: Awaited<ReturnType<typeof openClient>>): Promise<void> => {
  for (let start = 0; start < records; start += 500)
    await Promise.all(Array.from({ length: 500 }, (_, index) => tasks.create(task(start + index))))
}

/** What an index saves a reader, and what it costs a writer. */
export const measureQueries = async (): Promise<readonly Measure[]> => [
  {
    name: `find of ${page} sorted records by an index, of ${records.toLocaleString('en')}`,
    unit: 'finds/s',
    value: await withFolder((folder) => finds(folder, indexed, 500)),
    floor: await withFolder((folder) => rawFinds(folder, 500)),
    note: 'floor: the same index entries and records through better-sqlite3, parsed as JSON',
  },
  {
    name: `the same find without an index`,
    unit: 'finds/s',
    value: await withFolder((folder) => finds(folder, plain, 10)),
    floor: await withFolder((folder) => rawScans(folder, 10)),
    note: 'floor: all records through better-sqlite3, parsed as JSON',
  },
  {
    name: 'sequential durable writes into two indexes',
    unit: 'writes/s',
    value: await withFolder((folder) => sequentialWrites(folder, indexed)),
    floor: await withFolder((folder) => sequentialWrites(folder, plain)),
    note: 'floor: the same writes into none',
  },
]

const finds = async (folder: string, schema: typeof plain, count: number): Promise<number> => {
  const client = await openClient(folder, schema)
  await fill(client)
  const { tasks } = client.collections
  const find = (index: number) =>
    tasks.find({ where: { list: `list-${index % lists}` }, orderBy: { position: 'asc' }, limit: page })
  await find(0)
  const perSecond = await rate(count, async () => {
    for (let index = 0; index < count; index += 1) {
      const found = await find(index)
      if (found.length !== page) throw new Error(`${found.length} records were found.`)
    }
  })
  await client.close()
  return perSecond
}

const sequentialWrites = async (folder: string, schema: typeof plain): Promise<number> => {
  const client = await openClient(folder, schema)
  const perSecond = await rate(writes, async () => {
    for (let index = 0; index < writes; index += 1) await client.collections.tasks.create(task(index))
  })
  await client.close()
  return perSecond
}

const openRaw = (folder: string) => {
  const database = new Database(join(folder, 'raw.db'))
  database.exec('CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID')
  const put = database.prepare('INSERT INTO entries VALUES (?, ?)')
  database.transaction(() => {
    for (let index = 0; index < records; index += 1) {
      const { id, list, position } = task(index)
      put.run(`rec/${id}`, JSON.stringify({ overlay: 1, touched: {}, shown: JSON.stringify(task(index)) }))
      put.run(`idx/${list}/${String(position).padStart(16, '0')}/${id}`, '')
    }
  })()
  return database
}

const parse = (row: unknown): unknown =>
  JSON.parse((JSON.parse((row as { value: string }).value) as { shown: string }).shown)

const rawFinds = async (folder: string, count: number): Promise<number> => {
  const database = openRaw(folder)
  const range = database.prepare('SELECT key FROM entries WHERE key > ? ORDER BY key LIMIT ?').pluck()
  const get = database.prepare('SELECT value FROM entries WHERE key = ?')
  const perSecond = await rate(count, () => {
    for (let index = 0; index < count; index += 1) {
      const keys = range.all(`idx/list-${index % lists}/`, page) as string[]
      for (const key of keys) parse(get.get(`rec/${key.slice(key.lastIndexOf('/') + 1)}`))
    }
  })
  database.close()
  return perSecond
}

const rawScans = async (folder: string, count: number): Promise<number> => {
  const database = openRaw(folder)
  const scan = database.prepare("SELECT value FROM entries WHERE key >= 'rec/' AND key < 'rec0'")
  const perSecond = await rate(count, () => {
    for (let index = 0; index < count; index += 1) scan.all().forEach(parse)
  })
  database.close()
  return perSecond
}
