import { expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { createIndexKeeper } from '../../src/data/index-keeper.ts'
import type { RecordData } from '../../src/model/record.ts'
import { indexRegistryEntry } from '../../src/oplog/index-registry.ts'
import { stepIndexes } from '../../src/oplog/index-upkeep.ts'
import { indexesKey } from '../../src/oplog/keys.ts'
import { bent } from '../regressions/bent-storage.ts'
import { rest } from '../regressions/rest.ts'
import { countedStorage } from '../support/counted-storage.ts'
import { collection, openLocalData, schemaWith, type LocalData } from '../support/local-data.ts'
import { manualEnvironment } from '../support/manual-environment.ts'

const row = (id: string, votes: number): RecordData => ({ id, votes, list: votes % 2 === 0 ? 'even' : 'odd' })

const fill = async ({ write }: Pick<LocalData, 'write'>, count: number): Promise<void> => {
  const all = Array.from({ length: count }, (_, index) => ({
    id: `r${index}`,
    record: row(`r${index}`, index),
  }))
  for (let start = 0; start < count; start += 500) await write(...all.slice(start, start + 500))
}

const entriesUnder = async ({ store }: LocalData, prefix: string): Promise<readonly string[]> => {
  const [entries] = await store.read([{ scan: prefix }])
  return entries.map(({ key }) => key)
}

const stateOf = async ({ store }: LocalData, name: string): Promise<string | undefined> => {
  const stored = await store.get(indexesKey('s'))
  return stored && indexRegistryEntry.decode(stored.value)[collection]?.[name]?.state
}

/** One step of the upkeep, as the keeper makes it. */
const step = ({ store }: LocalData, indexes: readonly (readonly string[])[]): Promise<boolean> =>
  store.update((workspace) => stepIndexes(workspace, 's', schemaWith(indexes)))

test('[QU06] a record and its entries are one commit; a change of other fields writes no entry', async () => {
  const storage = countedStorage()
  const data = await openLocalData({ storage, indexes: [['votes'], ['list', 'votes']] })
  await data.write({ id: 'a', record: row('a', 1) })
  const keysOf = (batch = storage.commits.at(-1)) =>
    batch?.writes.flatMap(({ key, value }) =>
      key.startsWith('idx/')
        ? [`${value === undefined ? '-' : '+'}${key.slice('idx/s/things/'.length)}`]
        : [],
    )
  const one = '2bff0000000000000 '
  expect(keysOf()).toEqual([`+votes/${one}/a`, `+list:votes/4odd ${one}/a`])
  await data.write({ id: 'a', record: { ...row('a', 1), title: 'new' } })
  expect(keysOf()).toEqual([])
  await data.write({ id: 'a', record: { ...row('a', 1), list: 'even' } })
  expect(keysOf()).toEqual([`-list:votes/4odd ${one}/a`, `+list:votes/4even ${one}/a`])
  await data.write({ id: 'a', record: undefined })
  expect(keysOf()).toEqual([`-votes/${one}/a`, `-list:votes/4even ${one}/a`])
  expect(await entriesUnder(data, 'idx/')).toEqual([])
})

test('[QU07] a new index is built in bounded commits, and queries are right all the while', async () => {
  const storage = countedStorage()
  const data = await openLocalData({ storage })
  await fill(data, 1_000)
  const lone = { where: { votes: 77 } }
  const start = storage.commits.length
  let steps = 0
  do {
    expect(await data.reader.find(lone)).toEqual([row('r77', 77)])
    expect(await data.reader.count({ where: { votes: { gte: 990 } } })).toBe(10)
    steps += 1
  } while (await step(data, [['votes']]))
  const commits = storage.commits.slice(start)
  expect(commits).toHaveLength(steps)
  // The table, the progress, and no more than 200 records' entries.
  expect(Math.max(...commits.map(({ writes }) => writes.length))).toBeLessThanOrEqual(202)
  expect(await entriesUnder(data, 'idx/s/things/votes/')).toHaveLength(1_000)
  expect(await entriesUnder(data, 'built/')).toEqual([])
  // The first read learns that the index is ready.
  await data.reader.find(lone)
  const before = data.entriesRead()
  expect(await data.reader.find(lone)).toEqual([row('r77', 77)])
  // The entry and the record, and with each of them the log and the table of indexes.
  expect(data.entriesRead() - before).toBe(6)
})

test('[QU07] building goes on where it was stopped, by whoever opens next, whatever was written since', async () => {
  const storage = memoryStorage()
  const first = await openLocalData({ storage })
  await fill(first, 700)
  for (let count = 0; count < 3; count += 1) expect(await step(first, [['votes']])).toBe(true)
  expect(await entriesUnder(first, 'idx/')).toHaveLength(400)
  await first.store.close()

  const second = await openLocalData({ storage })
  await second.write(
    { id: 'r0', record: undefined },
    { id: 'r1', record: row('r1', 5_001) },
    { id: 'r699', record: row('r699', 5_699) },
    { id: 'r698', record: undefined },
    { id: 'x', record: row('x', 6_000) },
  )
  await second.buildIndexes([['votes']])
  const { reader } = await openLocalData({ storage, indexes: [['votes']] })
  const found = await reader.find({ where: { votes: { gte: 690 } }, orderBy: { votes: 'asc' } })
  expect(found.map(({ votes }) => votes)).toEqual([
    690, 691, 692, 693, 694, 695, 696, 697, 5_001, 5_699, 6_000,
  ])
  expect(await entriesUnder(second, 'idx/')).toHaveLength(699)
})

test('[QU07] what is written while a step is under way is not overwritten by what the step had read', async () => {
  const storage = memoryStorage()
  const writer = await openLocalData({ storage })
  await fill(writer, 10)
  await step(writer, [['votes']])
  let meanwhile: (() => Promise<void>) | undefined = () =>
    writer.write({ id: 'r3', record: row('r3', 33) }, { id: 'r4', record: undefined })
  const commit = async (): Promise<void> => {
    const run = meanwhile
    meanwhile = undefined
    await run?.()
  }
  const builder = await openLocalData({ storage: bent(storage, { commit }), indexes: [['votes']] })
  expect(meanwhile).toBeUndefined()
  const all = await builder.reader.find({ where: { votes: { gte: 0 } }, orderBy: { votes: 'asc' } })
  expect(all.map(({ votes }) => votes)).toEqual([0, 1, 2, 5, 6, 7, 8, 9, 33])
  expect(await entriesUnder(builder, 'idx/')).toHaveLength(9)
})

test('[QU07] an index that is declared no longer is left at once, and emptied in bounded commits', async () => {
  const storage = countedStorage()
  const data = await openLocalData({ storage, indexes: [['votes'], ['list']] })
  await fill(data, 1_200)
  const start = storage.commits.length
  expect(await step(data, [['list']])).toBe(true)
  expect(await stateOf(data, 'votes')).toBe('removing')
  await data.write({ id: 'r5', record: row('r5', 7_000) })
  expect(await data.reader.find({ where: { votes: 7_000 } })).toEqual([row('r5', 7_000)])
  while (await step(data, [['list']]));
  expect(await entriesUnder(data, 'idx/s/things/votes/')).toEqual([])
  expect(await entriesUnder(data, 'idx/s/things/list/')).toHaveLength(1_200)
  expect(await stateOf(data, 'votes')).toBeUndefined()
  expect(Math.max(...storage.commits.slice(start).map(({ writes }) => writes.length))).toBeLessThanOrEqual(
    502,
  )
})

test('[QU07] one that is wanted again before it is emptied is built afresh', async () => {
  const data = await openLocalData({ indexes: [['votes']] })
  await fill(data, 800)
  await step(data, [])
  await step(data, [])
  await data.write({ id: 'r1', record: row('r1', 9_000) })
  await data.buildIndexes([['votes']])
  expect(await stateOf(data, 'votes')).toBe('ready')
  expect(await entriesUnder(data, 'idx/')).toHaveLength(800)
  const found = await data.reader.find({ where: { votes: { in: [1, 9_000] } } })
  expect(found).toEqual([row('r1', 9_000)])
})

test('[QU08] a tab of an older version keeps the indexes of a newer one, from the commit that announces them', async () => {
  const storage = memoryStorage()
  let announce: (() => Promise<unknown>) | undefined
  const commit = async (): Promise<void> => {
    const run = announce
    announce = undefined
    await run?.()
  }
  const older = await openLocalData({ storage: bent(storage, { commit }) })
  const newer = await openLocalData({ storage })
  await fill(newer, 20)
  // The index comes between what the older tab read and its commit.
  announce = () => newer.buildIndexes([['votes']])
  await older.write({ id: 'r7', record: row('r7', 70) }, { id: 'x', record: row('x', 71) })
  await older.write({ id: 'r8', record: undefined })
  const { reader } = await openLocalData({ storage, indexes: [['votes']] })
  const found = await reader.find({ where: { votes: { gte: 6 } }, orderBy: { votes: 'asc' }, limit: 3 })
  expect(found.map(({ votes }) => votes)).toEqual([6, 9, 10])
  const last = await reader.find({ orderBy: { votes: 'desc' }, limit: 2 })
  expect(last.map(({ votes }) => votes)).toEqual([71, 70])
  expect(await entriesUnder(newer, 'idx/')).toHaveLength(20)
})

test('[QU07] a database that is busy while it opens delays the indexes, and nothing else', async () => {
  const storage = memoryStorage()
  const environment = manualEnvironment()
  await fill(await openLocalData({ storage }), 600)
  let failures = 4
  const commit = (): void => {
    failures -= 1
    if (failures >= 0) throw new SyncError('STORAGE_LOCKED', 'The database is busy.', {})
  }
  const data = await openLocalData({ storage: bent(storage, { commit }) })
  const problems: unknown[] = []
  const keeper = createIndexKeeper({
    store: data.store,
    schema: schemaWith([['votes']]),
    scope: 's',
    timers: environment.timers,
    onProblem: (error) => problems.push(error),
  })
  await keeper.start()
  expect(await data.reader.find({ where: { votes: 5 } })).toEqual([row('r5', 5)])
  const waits: number[] = []
  while (environment.waits().length > 0) {
    const [wait = 0] = environment.waits()
    waits.push(wait)
    environment.advance(wait)
    await rest()
  }
  expect(waits).toEqual([100, 200, 400, 800])
  expect(problems).toHaveLength(4)
  expect(await stateOf(data, 'votes')).toBe('ready')
  keeper.close()
})

test('[QU07] a keeper that is closed stops, and tries nothing again', async () => {
  const environment = manualEnvironment()
  const data = await openLocalData({
    storage: bent(memoryStorage(), {
      commit: () => {
        throw new SyncError('STORAGE_FULL', 'The disk is full.', {})
      },
    }),
  })
  const keeper = createIndexKeeper({
    store: data.store,
    schema: schemaWith([['votes']]),
    scope: 's',
    timers: environment.timers,
    onProblem: () => undefined,
  })
  await keeper.start()
  expect(environment.waits()).toEqual([100])
  keeper.close()
  expect(environment.waits()).toEqual([])
})

test('[QU06] a step that stores a record without having read what it belongs to fails loudly', async () => {
  const { store } = await openLocalData()
  const { putRecord } = await import('../../src/oplog/records.ts')
  const { noRecord } = await import('../../src/oplog/entries.ts')
  await expect(
    store.update(async (workspace) =>
      putRecord(workspace, { scope: 's', collection, recordId: 'a' }, noRecord),
    ),
  ).rejects.toThrow('indexes/s was not read')
})
