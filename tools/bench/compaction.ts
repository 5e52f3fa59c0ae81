import { join } from 'node:path'
import { createSyncClient } from '@holdfast/core'
import { compaction } from '@holdfast/plugins/compaction'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import Database from 'better-sqlite3'
import { benchSchema, unreachable } from './fixtures.ts'
import { rate, withFolder, type Measure } from './measure.ts'

const few = 10_000
const many = 40_000
const records = 500
/** A device that edits one thing at a time, and syncs after each. */
const runs = 2_000

const count = (value: number): string => value.toLocaleString('en')

/** What was never sent is folded, on a SQLite device: once the app asks for it, and before each sync run. */
export const measureCompaction = async (): Promise<readonly Measure[]> => {
  const rateOfFew = await withFolder((folder) => foldAll(folder, few))
  return [
    {
      name: `compaction of ${count(few)} operations on ${records} records`,
      unit: 'operations/s',
      value: rateOfFew,
      floor: await withFolder((folder) => rawFold(folder, few)),
      note: 'floor: the same rows read, removed and written through better-sqlite3, 500 in a transaction',
    },
    {
      name: `compaction of ${count(many)} operations on ${records} records`,
      unit: 'operations/s',
      value: await withFolder((folder) => foldAll(folder, many)),
      floor: rateOfFew,
      note: `floor: ${count(few)} of them`,
    },
    {
      name: `a pass over ${count(few)} records that finds nothing to fold`,
      unit: 'operations/s',
      value: await withFolder((folder) => findNothing(folder)),
      floor: await withFolder((folder) => rawQueue(folder)),
      note: 'floor: the entries of the queue and of the records, read through better-sqlite3 and parsed',
    },
    {
      name: 'a compaction before each sync with one edit in the queue',
      unit: 'compactions/s',
      value: await withFolder((folder) => beforeSyncs(folder, true)),
      floor: await withFolder((folder) => beforeSyncs(folder, false)),
      note: 'floor: one read of the record',
    },
  ]
}

/** It compacts when it is told to. */
const never = { threshold: 1_000_000, perRecord: 1_000_000 }

const openClient = (folder: string) =>
  createSyncClient({
    schema: benchSchema,
    user: 'bench',
    storage: sqliteStorage({ filename: join(folder, 'device.db') }),
    transport: unreachable,
    scopes: ['team'],
    plugins: [compaction(never)],
    autoStart: false,
    limits: { maxOps: 1_000_000 },
  })

type BenchClient = Awaited<ReturnType<typeof openClient>>

const inGroups = async (times: number, write: (index: number) => Promise<unknown>): Promise<void> => {
  for (let start = 0; start < times; start += records)
    await Promise.all(
      Array.from({ length: Math.min(records, times - start) }, (_, each) => write(start + each)),
    )
}

const fold = async ({ plugins }: BenchClient, wanted: number): Promise<void> => {
  const folded = await plugins.compaction.compact('team')
  if (folded !== wanted) throw new Error(`${folded} operations were folded, not ${wanted}.`)
}

const foldAll = async (folder: string, operations: number): Promise<number> => {
  const client = await openClient(folder)
  const { notes } = client.collections
  await inGroups(records, (index) => notes.create({ id: `note-${index}`, title: `Note ${index}` }))
  await inGroups(operations - records, (index) =>
    notes.update(`note-${index % records}`, { title: `Note ${index} with a title of usual length` }),
  )
  const perSecond = await rate(operations, () => fold(client, operations - records))
  await client.close()
  return perSecond
}

const findNothing = async (folder: string): Promise<number> => {
  const client = await openClient(folder)
  await inGroups(few, (index) => client.collections.notes.create({ title: `Note ${index}` }))
  const perSecond = await rate(few, () => fold(client, 0))
  await client.close()
  return perSecond
}

const beforeSyncs = async (folder: string, isCompacting: boolean): Promise<number> => {
  const client = await openClient(folder)
  await client.collections.notes.create({ id: 'note', title: 'Note' })
  const perSecond = await rate(runs, async () => {
    for (let run = 0; run < runs; run += 1)
      await (isCompacting ? fold(client, 0) : client.collections.notes.get('note'))
  })
  await client.close()
  return perSecond
}

const openRaw = (folder: string) => {
  const database = new Database(join(folder, 'raw.db'))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID')
  const put = database.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?)')
  return { database, put }
}

const padded = (index: number): string => String(index).padStart(16, '0')
const valueOf = (size: number): string => JSON.stringify({ value: 'x'.repeat(size) })
const [operationSize, queueSize, recordSize] = [470, 120, 330]

/** Each operation is read; it and its place in the queue are removed, and it is kept among what is decided. */
const rawFold = async (folder: string, operations: number): Promise<number> => {
  const { database, put } = openRaw(folder)
  const portion = records
  const get = database.prepare('SELECT value FROM entries WHERE key = ?').pluck()
  const remove = database.prepare('DELETE FROM entries WHERE key = ?')
  const eachOf = (start: number, visit: (key: string) => void): void => {
    for (let index = start; index < start + portion; index += 1) visit(padded(index))
  }
  const fill = database.transaction((start: number) =>
    eachOf(start, (key) => {
      put.run(`op/${key}`, valueOf(operationSize))
      put.run(`queue/${key}`, valueOf(queueSize))
    }),
  )
  const move = database.transaction((start: number) =>
    eachOf(start, (key) => {
      const value = get.get(`op/${key}`) as string
      JSON.parse(value)
      put.run(`done/${key}`, value)
      remove.run(`op/${key}`)
      remove.run(`queue/${key}`)
    }),
  )
  for (let start = 0; start < operations; start += portion) fill(start)
  const perSecond = await rate(operations, () => {
    for (let start = 0; start < operations; start += portion) move(start)
  })
  database.close()
  return perSecond
}

const rawQueue = async (folder: string): Promise<number> => {
  const { database, put } = openRaw(folder)
  database.transaction(() => {
    for (let index = 0; index < few; index += 1) {
      put.run(`queue/${padded(index)}`, valueOf(queueSize))
      put.run(`rec/${padded(index)}`, valueOf(recordSize))
    }
  })()
  const scan = database.prepare("SELECT value FROM entries WHERE key >= 'queue/' AND key < 'queue0'").pluck()
  const get = database.prepare('SELECT value FROM entries WHERE key = ?').pluck()
  const perSecond = await rate(few, () => {
    for (const [index, value] of scan.all().entries()) {
      JSON.parse(value as string)
      JSON.parse(get.get(`rec/${padded(index)}`) as string)
    }
  })
  database.close()
  return perSecond
}
