import { SyncError, collection, createSyncClient, defineSchema, type Transport } from '@holdfast/core'
import type { Database, Entry, StorageAdapter } from '@holdfast/core/storage'
import { betterSqlite3Driver, sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import type { compileQuery } from '../../packages/core/src/data/query/compile.ts'
import { recordEntry } from '../../packages/core/src/oplog/entries.ts'
import { figure } from '../harness/figure.ts'
import { temporaryFolder } from '../harness/folder.ts'

const records = 10_000
const writes = 1_000
const lists = 10

/** What the local data layer did: entries read from the file, records decoded, tested by a query and compared. */
const work = { read: 0, decoded: 0, tested: 0, compared: 0 }
type Work = typeof work
let commits = 0

vi.mock(import('../../packages/core/src/data/query/compile.ts'), async (importOriginal) => {
  const original = await importOriginal()
  const counted: typeof compileQuery = (query) => {
    const compiled = original.compileQuery(query)
    return {
      ...compiled,
      matches(record) {
        work.tested += 1
        return compiled.matches(record)
      },
      compare(left, right) {
        work.compared += 1
        return compiled.compare(left, right)
      },
    }
  }
  return { ...original, compileQuery: counted }
})

const { decode } = recordEntry

beforeEach(() => {
  vi.spyOn(recordEntry, 'decode').mockImplementation((text) => {
    work.decoded += 1
    return decode(text)
  })
})

const countedDatabase = (database: Database): Database => ({
  ...database,
  async read(requests) {
    const results = await database.read(requests)
    for (const result of results as readonly (Entry | undefined | readonly Entry[])[]) {
      if (result !== undefined) work.read += 'key' in result ? 1 : result.length
    }
    return results
  },
  async commit(batch) {
    const receipt = await database.commit(batch)
    commits += 1
    return receipt
  },
})

const counted = (storage: StorageAdapter): StorageAdapter => ({
  ...storage,
  open: async (name) => countedDatabase(await storage.open(name)),
})

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    tasks: collection({
      fields: z.object({
        id: z.string(),
        list: z.string(),
        position: z.number(),
        done: z.boolean(),
      }),
      indexes: [['list', 'position'], 'done'],
    }),
  },
})

type Task = z.output<typeof schema.collections.tasks.fields>

const refuse = () => Promise.reject(new SyncError('NETWORK_UNREACHABLE', 'There is no network here.', {}))
const unreachable: Transport = {
  push: refuse,
  pull: refuse,
  preflight: refuse,
  snapshot: refuse,
  resume: refuse,
}

const openClient = (filename: string) =>
  createSyncClient({
    schema,
    user: 'u',
    storage: counted(sqliteStorage({ filename, driver: betterSqlite3Driver() })),
    transport: unreachable,
    scopes: ['team'],
    autoStart: false,
    limits: { maxOps: records + writes },
  })

type Client = Awaited<ReturnType<typeof openClient>>

const name = (index: number): string => `t${String(index).padStart(5, '0')}`

const fill = async ({ collections }: Client): Promise<Map<string, Task>> => {
  const all = new Map<string, Task>()
  for (let start = 0; start < records; start += 500) {
    const tasks = Array.from({ length: 500 }, (_, offset): Task => {
      const index = start + offset
      return { id: name(index), list: `l${index % lists}`, position: index, done: index % 2 === 0 }
    })
    for (const task of tasks) all.set(task.id, task)
    await Promise.all(tasks.map((task) => collections.tasks.create(task)))
  }
  return all
}

/** The head of a list, which is what the window shows and what the writes take away most often. */
const headOf = (all: ReadonlyMap<string, Task>, count: number): readonly Task[] =>
  [...all.values()]
    .filter(({ list }) => list === 'l3')
    .sort((left, right) => left.position - right.position || (left.id < right.id ? -1 : 1))
    .slice(0, count)

const openIn = (all: ReadonlyMap<string, Task>): number =>
  [...all.values()].filter(({ done }) => !done).length

/** One change of the kinds that an app makes, drawn without chance; `all` is what it leads to. */
const writeOne = async (
  { collections: { tasks } }: Client,
  all: Map<string, Task>,
  index: number,
): Promise<void> => {
  const some = [...all.values()][(index * 7_919) % all.size]
  const [first] = headOf(all, 1)
  if (some === undefined || first === undefined) throw new Error('There is nothing left to change.')
  const update = async (task: Task, patch: Partial<Omit<Task, 'id'>>): Promise<void> => {
    all.set(task.id, { ...task, ...patch })
    await tasks.update(task.id, patch)
  }
  switch (index % 5) {
    case 0:
      return update(some, { done: !some.done })
    case 1:
      return update(first, { position: records + index })
    case 2:
      return update(some, { list: some.list === 'l3' ? 'l4' : 'l3', position: -index })
    case 3: {
      const task = { id: `n${index}`, list: 'l3', position: records + index, done: false }
      all.set(task.id, task)
      await tasks.create(task)
      return
    }
    default:
      all.delete(first.id)
      await tasks.delete(first.id)
  }
}

const kinds = ['read', 'decoded', 'tested', 'compared'] as const satisfies readonly (keyof Work)[]

/** Without the values that are as the ones before them. */
const distinct = <TValue>(values: readonly TValue[]): readonly TValue[] =>
  values.filter((value, index) => JSON.stringify(value) !== JSON.stringify(values[index - 1]))

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const watch = async ({ collections: { tasks } }: Client) => {
  const shown = {
    all: [] as (readonly Task[])[],
    window: [] as (readonly Task[])[],
    open: [] as number[],
  }
  const window = { where: { list: 'l3' }, orderBy: { position: 'asc' }, limit: 50 } as const
  const subscriptions = [
    tasks.find$().subscribe((value) => shown.all.push(value)),
    tasks.find$(window).subscribe((value) => shown.window.push(value)),
    tasks.count$({ where: { done: false } }).subscribe((value) => shown.open.push(value)),
  ]
  await vi.waitFor(() =>
    expect([shown.all.length, shown.window.length, shown.open.length]).toEqual([1, 1, 1]),
  )
  return { shown, stop: () => subscriptions.forEach((subscription) => subscription.unsubscribe()) }
}

test(`[QU10] [QU11] live queries over ${records} records in a SQLite file follow ${writes} writes, each by what it changes`, async () => {
  using folder = temporaryFolder()
  const client = await openClient(folder.path('device.db'))
  const all = await fill(client)
  const { shown, stop } = await watch(client)
  const expected = { window: [headOf(all, 50)], open: [openIn(all)] }
  const steps: Work[] = []
  for (let index = 0; index < writes; index += 1) {
    const before = { ...work }
    await writeOne(client, all, index)
    await settle()
    steps.push({
      read: work.read - before.read,
      decoded: work.decoded - before.decoded,
      tested: work.tested - before.tested,
      compared: work.compared - before.compared,
    })
    expected.window.push(headOf(all, 50))
    expected.open.push(openIn(all))
    // Each write is one more list, and the list is the right one.
    expect(shown.all).toHaveLength(2 + index)
    expect(shown.all.at(-1)).toHaveLength(all.size)
  }
  expect(shown.all.at(-1)).toEqual([...all.values()].sort((left, right) => (left.id < right.id ? -1 : 1)))
  expect(shown.window).toEqual(distinct(expected.window))
  expect(shown.open).toEqual(distinct(expected.open))

  const mean = (kind: keyof Work): number => steps.reduce((sum, step) => sum + step[kind], 0) / steps.length
  const most = (kind: keyof Work): number => Math.max(...steps.map((step) => step[kind]))
  // Not one of these may grow with the collection; a search in 10,000 records compares 14 of them.
  const bounds: Work = { read: 20, decoded: 10, tested: 10, compared: 100 }
  expect(kinds.filter((kind) => mean(kind) >= bounds[kind])).toEqual([])
  expect(most('read')).toBeLessThan(500)
  const told = kinds.map((kind) => `${kind} ${mean(kind).toFixed(1)} (at most ${most(kind)})`)
  figure(
    `${records} records, ${writes} writes, find$ of all emitted ${shown.all.length - 1} times; per write ${told.join(', ')}`,
  )
  figure(`window of 50: ${shown.window.length - 1} emissions, count$: ${shown.open.length - 1}`)
  stop()
  await client.close()
})

test('[QU10] writes that share a commit are one emission, and each of them is in it', async () => {
  using folder = temporaryFolder()
  const client = await openClient(folder.path('device.db'))
  const all = await fill(client)
  const { shown, stop } = await watch(client)
  const before = { ...work, commits }
  for (let burst = 0; burst < 10; burst += 1) {
    const tasks = [...all.values()].slice(burst * 100, burst * 100 + 100)
    for (const task of tasks) all.set(task.id, { ...task, done: !task.done })
    await Promise.all(tasks.map(({ id, done }) => client.collections.tasks.update(id, { done: !done })))
  }
  await settle()
  expect(shown.all).toHaveLength(1 + commits - before.commits)
  expect(shown.all.at(-1)).toEqual([...all.values()].sort((left, right) => (left.id < right.id ? -1 : 1)))
  expect(shown.open.at(-1)).toBe(openIn(all))
  const decoded = (work.decoded - before.decoded) / 1_000
  expect(decoded).toBeLessThan(10)
  figure(
    `1,000 writes in ${commits - before.commits} commits: ${shown.all.length - 1} emissions, ${decoded.toFixed(1)} records decoded per write`,
  )
  stop()
  await client.close()
})

test('[QU10] a hundred live queries over one collection: a write is decoded as often as with one', async () => {
  using folder = temporaryFolder()
  const client = await openClient(folder.path('device.db'))
  await fill(client)
  const { tasks } = client.collections
  const costs: Work[] = []
  const emissions: number[] = []
  for (const queries of [1, 100]) {
    const emitted: number[] = []
    const subscriptions = Array.from({ length: queries }, (_, index) =>
      tasks
        .find$({ where: { list: 'l5', position: { gte: index * 100, lt: index * 100 + 100 } } })
        .subscribe(() => emitted.push(index)),
    )
    await vi.waitFor(() => expect(emitted).toHaveLength(queries))
    const before = { ...work }
    await tasks.update(name(5), { done: queries === 1 })
    await settle()
    costs.push({
      read: work.read - before.read,
      decoded: work.decoded - before.decoded,
      tested: work.tested - before.tested,
      compared: work.compared - before.compared,
    })
    emissions.push(emitted.length - queries)
    subscriptions.forEach((subscription) => subscription.unsubscribe())
  }
  const [one, hundred] = costs
  expect(emissions).toEqual([1, 1])
  expect(hundred).toEqual({ ...one, tested: 100 })
  figure(
    `1 and 100 live queries, one write: ${one?.decoded} and ${hundred?.decoded} records decoded, ` +
      `${one?.read} and ${hundred?.read} entries read, ${hundred?.tested} records tested, ${hundred?.compared} compared`,
  )
  await client.close()
})
