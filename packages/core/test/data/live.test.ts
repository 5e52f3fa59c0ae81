import * as fc from 'fast-check'
import type { Observable } from 'rxjs'
import { expect, onTestFinished, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { compileQuery } from '../../src/data/query/compile.ts'
import type { AnyQuery } from '../../src/data/query/query.ts'
import type { RecordData } from '../../src/model/record.ts'
import { change, idOf, query, record } from '../query/todo.ts'
import { bent } from '../regressions/bent-storage.ts'
import { rest } from '../regressions/rest.ts'
import { openLocalData, type LocalData } from '../support/local-data.ts'
import { manualEnvironment } from '../support/manual-environment.ts'

const fromScratch = (one: AnyQuery, all: Iterable<RecordData>): readonly RecordData[] => {
  const { matches, compare, from, to } = compileQuery(one)
  return [...all].filter(matches).toSorted(compare).slice(from, to)
}

const collect = <TValue>(values$: Observable<TValue>): TValue[] => {
  const values: TValue[] = []
  const subscription = values$.subscribe((value) => values.push(value))
  onTestFinished(() => subscription.unsubscribe())
  return values
}

const indexes = [['votes'], ['done', 'title'], ['place.city']]

test('[QU10] find$ and count$ emit what is so after each commit, once and in order', async () => {
  const initial = fc.uniqueArray(record, { maxLength: 31, selector: (data) => data['id'] })
  const batches = fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { maxLength: 10 })
  await fc.assert(
    fc.asyncProperty(query, initial, batches, async (one, start, steps) => {
      const { reader, write } = await openLocalData({ indexes })
      const shown = new Map(start.map((data) => [idOf(data), data]))
      await write(...start.map((data) => ({ id: idOf(data), record: data })))
      const { where } = one
      const lists: (readonly RecordData[])[] = []
      const counts: number[] = []
      const subscriptions = [
        reader.find$(one).subscribe((list) => lists.push(list)),
        reader.count$({ where }).subscribe((count) => counts.push(count)),
      ]
      await rest()
      const expectedLists = [fromScratch(one, shown.values())]
      const expectedCounts = [fromScratch({ where }, shown.values()).length]
      for (const batch of steps) {
        for (const { key, record: data } of batch) {
          if (data === undefined) shown.delete(key)
          else shown.set(key, data)
        }
        await write(...batch.map(({ key, record: data }) => ({ id: key, record: data })))
        const list = fromScratch(one, shown.values())
        const count = fromScratch({ where }, shown.values()).length
        if (JSON.stringify(list, replaceBigint) !== JSON.stringify(expectedLists.at(-1), replaceBigint))
          expectedLists.push(list)
        if (count !== expectedCounts.at(-1)) expectedCounts.push(count)
      }
      await rest()
      for (const subscription of subscriptions) subscription.unsubscribe()
      expect(lists).toEqual(expectedLists)
      expect(counts).toEqual(expectedCounts)
    }),
    { numRuns: 150 },
  )
})

const replaceBigint = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `${value}n` : value instanceof Uint8Array ? [...value] : value

const row = (id: string, votes: number): RecordData => ({ id, votes, title: id, done: false })
const name = (number: number): string => `r${String(number).padStart(5, '0')}`

const fill = async ({ write }: LocalData, count: number): Promise<void> => {
  const all = Array.from({ length: count }, (_, index) => ({
    id: name(index),
    record: row(name(index), index),
  }))
  for (let start = 0; start < count; start += 500) await write(...all.slice(start, start + 500))
}

test('[QU11] a window from which records are taken, one after the other, is read anew in small pieces', async () => {
  const data = await openLocalData({ indexes: [['votes']] })
  await fill(data, 5_000)
  const windows = collect(data.reader.find$({ orderBy: { votes: 'asc' }, limit: 50 }))
  await rest()
  const before = data.entriesRead()
  const removed = 1_000
  for (let index = 0; index < removed; index += 1) {
    await data.write({ id: name(index), record: undefined })
    expect(windows.at(-1)?.map(({ id }) => id)).toEqual(
      Array.from({ length: 50 }, (_, offset) => name(index + 1 + offset)),
    )
  }
  expect(windows).toHaveLength(1 + removed)
  // 3 of them by the write itself: the log, the record, the table of indexes.
  expect((data.entriesRead() - before) / removed).toBeLessThan(16)
})

test('[QU11] a window that is emptied at one stroke shows nothing wrong, and then what comes next', async () => {
  const data = await openLocalData({ indexes: [['votes']] })
  await fill(data, 1_000)
  const windows = collect(data.reader.find$({ orderBy: { votes: 'desc' }, limit: 3, offset: 2 }))
  await rest()
  await data.write(
    ...Array.from({ length: 500 }, (_, index) => ({ id: name(500 + index), record: undefined })),
  )
  await rest()
  expect(windows.map((list) => list.map(({ votes }) => votes))).toEqual([
    [997, 996, 995],
    [497, 496, 495],
  ])
})

test('[QU11] without an index the reserve is larger, and the collection is seldom read', async () => {
  const data = await openLocalData()
  await fill(data, 5_000)
  const windows = collect(data.reader.find$({ orderBy: { votes: 'asc' }, limit: 50 }))
  await rest()
  const before = data.entriesRead()
  for (let index = 0; index < 1_000; index += 1) await data.write({ id: name(index), record: undefined })
  await rest()
  expect(windows.at(-1)?.[0]).toEqual(row(name(1_000), 1_000))
  expect(windows).toHaveLength(1_001)
  expect((data.entriesRead() - before) / 1_000).toBeLessThan(16)
})

/** Reads fail as long as they are told to. */
const troubled = (storage = memoryStorage()) => {
  const trouble = { fails: false }
  const read = (): void => {
    if (trouble.fails) throw new SyncError('STORAGE_FAILED', 'The disk is gone.', {})
  }
  return { trouble, storage: bent(storage, { read }) }
}

test('[QU12] a view that could not be read anew tries again, at growing intervals, until it can', async () => {
  const storage = memoryStorage()
  const environment = manualEnvironment()
  const { trouble, storage: failing } = troubled(storage)
  const other = await openLocalData({ storage })
  const data = await openLocalData({ storage: failing, timers: environment.timers })
  const lists = collect(data.reader.find$({}))
  await rest()
  trouble.fails = true
  await other.write({ id: 'a', record: row('a', 1) })
  await rest()
  expect(lists).toEqual([[]])
  const waits: number[] = []
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const [wait = 0, ...more] = environment.waits()
    expect(more).toEqual([])
    waits.push(wait)
    environment.advance(wait)
    await rest()
  }
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000])
  trouble.fails = false
  environment.advance(30_000)
  await rest()
  expect(lists).toEqual([[], [row('a', 1)]])
  expect(environment.waits()).toEqual([])
})

test('[QU12] the next commit tries at once; whoever leaves tries no more', async () => {
  const environment = manualEnvironment()
  const storage = memoryStorage()
  const { trouble, storage: failing } = troubled(storage)
  const other = await openLocalData({ storage })
  const data = await openLocalData({ storage: failing, timers: environment.timers })
  const lists: (readonly RecordData[])[] = []
  const subscription = data.reader.find$({}).subscribe((list) => lists.push(list))
  await rest()
  trouble.fails = true
  await other.write({ id: 'a', record: row('a', 1) })
  await rest()
  trouble.fails = false
  await other.write({ id: 'b', record: row('b', 2) })
  await rest()
  expect(lists).toEqual([[], [row('a', 1), row('b', 2)]])
  expect(environment.waits()).toEqual([])
  trouble.fails = true
  await other.write({ id: 'c', record: row('c', 3) })
  await rest()
  expect(environment.waits()).toHaveLength(1)
  subscription.unsubscribe()
  expect(environment.waits()).toEqual([])
})

test('[QU12] before the first value a failed read ends the observable', async () => {
  const { trouble, storage } = troubled()
  const data = await openLocalData({ storage })
  trouble.fails = true
  const errors: unknown[] = []
  data.reader.count$({}).subscribe({ error: (error) => errors.push(error) })
  await rest()
  expect(errors).toEqual([expect.objectContaining({ code: 'STORAGE_FAILED' })])
})

test('[QU04] a query that needs several rounds shows one moment, however often others write in between', async () => {
  const storage = memoryStorage()
  const others = { write: (): Promise<void> => Promise.resolve() }
  const other = await openLocalData({ storage, indexes: [['votes']] })
  const crowded = bent(storage, { read: () => others.write() })
  const data = await openLocalData({ storage: crowded, indexes: [['votes']] })
  await fill(other, 300)
  await rest()
  // Each write takes the last record to the front: at every moment, votes stand in one row without a gap.
  let writes = 0
  others.write = async () => {
    const front = await other.reader.find({ orderBy: { votes: 'desc' }, limit: 1 })
    const moved = front[0] === undefined ? [] : [front[0]]
    writes += 1
    await other.write(...moved.map((one) => ({ id: idOf(one), record: { ...one, votes: -writes } })))
  }
  for (const asked of [{ limit: 20 }, { limit: 100 }, { where: { votes: { gt: -1_000 } } }] as const) {
    const start = writes
    const found = await data.reader.find({ ...asked, orderBy: { votes: 'asc' } })
    const votes = found.map((one) => Number(one['votes']))
    expect(votes).toEqual(votes.map((_, index) => Number(votes[0]) + index))
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
    expect(writes - start).toBeGreaterThan(1)
    // Six attempts of two rounds, then one that nobody can come between.
    expect(writes - start).toBeLessThanOrEqual(13)
  }
})

test('[QU11] in every tab, whatever is slow, a window only shows what was so, in order, and ends with what is so', async () => {
  const delays = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 20 })
  const steps = fc.array(
    fc.record({
      removed: fc.integer({ min: 0, max: 60 }),
      added: fc.integer({ min: 0, max: 4 }),
      pause: fc.integer({ min: 0, max: 3 }),
    }),
    { minLength: 5, maxLength: 25 },
  )
  await fc.assert(
    fc.asyncProperty(delays, steps, fc.boolean(), async (turns, changes, isIndexed) => {
      let reads = 0
      const storage = memoryStorage()
      const slow = bent(storage, {
        read: async () => {
          reads += 1
          await rest(turns[reads % turns.length])
        },
      })
      const declared = { indexes: isIndexed ? [['votes']] : [] }
      const writer = await openLocalData({ storage: slow, ...declared })
      const reader = await openLocalData({ storage: slow, ...declared })
      const asked = { orderBy: { votes: 'asc' }, limit: 5, offset: 1 } as const
      const all = new Map<string, RecordData>()
      const write = async (
        batch: readonly { readonly id: string; readonly record: RecordData | undefined }[],
      ) => {
        for (const { id, record: data } of batch) {
          if (data === undefined) all.delete(id)
          else all.set(id, data)
        }
        await writer.write(...batch)
      }
      await write(
        Array.from({ length: 600 }, (_, index) => ({ id: name(index), record: row(name(index), index) })),
      )
      const namesOf = (list: readonly RecordData[]): string => list.map(idOf).join()
      const history = [namesOf(fromScratch(asked, all.values()))]
      const views = [writer, reader].map((tab) => {
        const seen: string[] = []
        const subscription = tab.reader.find$(asked).subscribe((list) => seen.push(namesOf(list)))
        return { seen, subscription }
      })
      let made = 0
      for (const { removed, added, pause } of changes) {
        const gone = [...all.values()]
          .toSorted(compileQuery(asked).compare)
          .slice(0, removed)
          .map((data) => ({ id: idOf(data), record: undefined }))
        const come = Array.from({ length: added }, () => {
          made += 1
          return { id: `x${made}`, record: row(`x${made}`, (made * 131) % 700) }
        })
        await write([...gone, ...come])
        history.push(namesOf(fromScratch(asked, all.values())))
        await rest(pause)
      }
      await rest(300)
      for (const { seen, subscription } of views) {
        subscription.unsubscribe()
        const places: number[] = []
        for (const one of seen) places.push(history.indexOf(one, places.at(-1) ?? 0))
        expect(places).not.toContain(-1)
        expect(seen.at(-1)).toBe(history.at(-1))
      }
    }),
    { numRuns: 30 },
  )
})
