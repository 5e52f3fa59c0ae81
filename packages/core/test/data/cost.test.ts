import { beforeAll, expect, test, vi } from 'vitest'
import type { AnyQuery } from '../../src/data/query/query.ts'
import type { RecordData } from '../../src/model/record.ts'
import { recordEntry } from '../../src/oplog/entries.ts'
import { idOf } from '../query/todo.ts'
import { rest } from '../regressions/rest.ts'
import { openLocalData, type LocalData } from '../support/local-data.ts'

const count = 10_000
const lists = 100

const indexes = [['done'], ['list', 'position'], ['due'], ['title'], ['place.city', 'done']]

const row = (index: number): RecordData => ({
  id: `r${String(index).padStart(5, '0')}`,
  title: `Title ${(index * 7919) % count}`,
  list: `list-${index % lists}`,
  position: (index * 31) % count,
  done: index % 2 === 0,
  due: new Date(index * 86_400_000),
  place: { city: `City ${index % 500}` },
})

let data: LocalData

beforeAll(async () => {
  data = await openLocalData({ indexes })
  for (let start = 0; start < count; start += 500) {
    const rows = Array.from({ length: 500 }, (_, index) => row(start + index))
    await data.write(...rows.map((record) => ({ id: idOf(record), record })))
  }
})

const cost = async (ask: () => Promise<unknown>): Promise<number> => {
  const before = data.entriesRead()
  await ask()
  return data.entriesRead() - before
}

const day = (number: number): Date => new Date(number * 86_400_000)

/** Each match is an entry of the index and a record; every round reads the log and the table of indexes along. */
test.each<[name: string, query: AnyQuery, found: number, candidates?: number]>([
  ['by id', { where: { id: 'r00042' } }, 1],
  ['by some ids', { where: { id: { in: ['r00042', 'r00043', 'none'] } } }, 2],
  ['the first by id', { limit: 20 }, 20],
  ['the last by id', { orderBy: { id: 'desc' }, limit: 20 }, 20],
  ['after an id', { where: { id: { gt: 'r05000' } }, limit: 20 }, 20],
  ['equal', { where: { list: 'list-7' } }, 100],
  ['equal, sorted, a page', { where: { list: 'list-7' }, orderBy: { position: 'asc' }, limit: 10 }, 10],
  ['equal, sorted down', { where: { list: 'list-7' }, orderBy: { position: 'desc' }, limit: 10 }, 10],
  [
    'equal, a later page',
    { where: { list: 'list-7' }, orderBy: { position: 'asc' }, limit: 10, offset: 30 },
    10,
  ],
  ['equal and a range', { where: { list: 'list-7', position: { gte: 100, lt: 900 } } }, 8],
  [
    'one of several',
    { where: { list: { in: ['list-1', 'list-2'] } }, orderBy: { position: 'asc' }, limit: 10 },
    10,
  ],
  ['a range', { where: { due: { gte: day(100), lt: day(120) } } }, 20],
  [
    'a range from one side, a page',
    { where: { due: { gt: day(9_000) } }, orderBy: { due: 'asc' }, limit: 20 },
    20,
  ],
  ['a beginning', { where: { title: { startsWith: 'Title 77' } } }, 111],
  ['sorted', { orderBy: { title: 'asc' }, limit: 50 }, 50],
  ['sorted down', { orderBy: { due: 'desc' }, limit: 50 }, 50],
  ['sorted by what half of them share', { orderBy: { done: 'desc' }, limit: 50 }, 50],
  ['what half of them share', { where: { done: true }, limit: 50 }, 50],
  ['nested', { where: { 'place.city': 'City 77', done: false } }, 20],
  ['besides', { where: { list: 'list-7', title: { startsWith: 'Title 1' } } }, 11, 100],
])('[QU05] %s: what is read grows with the result, not with the collection', async (...row) => {
  const [, query, found, candidates = (query.limit ?? found) + (query.offset ?? 0)] = row
  let result: readonly RecordData[] = []
  const entries = await cost(async () => {
    result = await data.reader.find(query)
  })
  expect(result.length).toBe(found)
  // Both kinds of entry, a page of them in vain at most, and a first piece of a range.
  expect(entries).toBeLessThanOrEqual(4 * candidates + 70)
})

test.each<[string, AnyQuery, number]>([
  ['all', {}, count],
  ['equal', { where: { list: 'list-7' } }, 100],
  ['a range', { where: { due: { lt: day(30) } } }, 30],
  ['equal and a range', { where: { list: 'list-7', position: { gte: 100, lt: 900 } } }, 8],
])('[QU09] the number of %s is counted by the index, and no record is read', async (_, query, found) => {
  const decode = vi.spyOn(recordEntry, 'decode')
  expect(await data.reader.count(query)).toBe(found)
  expect(decode).not.toHaveBeenCalled()
})

test('[QU05] without an index the collection is read once', async () => {
  const entries = await cost(() => data.reader.find({ where: { position: 5 } }))
  expect(entries).toBe(count + 2)
})

test('[QU10] a hundred live queries: a commit is decoded once, tested once by each, compared by those it concerns', async () => {
  const emitted: number[] = []
  const subscriptions = Array.from({ length: lists }, (_, index) =>
    data.reader
      .find$({ where: { list: `list-${index}` }, orderBy: { position: 'asc' }, limit: 10 })
      .subscribe(() => emitted.push(index)),
  )
  await rest(100)
  expect(emitted.toSorted((left, right) => left - right)).toEqual(
    Array.from({ length: lists }, (_, index) => index),
  )
  const first = await data.reader.find({ where: { list: 'list-7' }, orderBy: { position: 'asc' }, limit: 1 })
  const moved: RecordData = { ...first[0], list: 'list-8', position: -1 }
  const decode = vi.spyOn(recordEntry, 'decode')
  const reads = await cost(() => data.write({ id: idOf(moved), record: moved }))
  // Once what it was, by the write, for the index; and once what it is, for all that look on.
  expect(decode).toHaveBeenCalledTimes(2)
  expect(reads).toBe(3)
  expect(emitted.slice(lists)).toEqual([7, 8])
  for (const subscription of subscriptions) subscription.unsubscribe()
})
