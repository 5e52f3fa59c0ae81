import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { portableEquals, type Portable } from '../../src/base/portable.ts'
import { compileQuery } from '../../src/data/query/compile.ts'
import type { AnyQuery } from '../../src/data/query/query.ts'
import { createResultWindow, type RecordChange } from '../../src/data/query/result-window.ts'
import type { RecordData } from '../../src/model/record.ts'
import { change, idOf, query, record } from './todo.ts'

const fromScratch = (one: AnyQuery, records: Iterable<RecordData>): readonly RecordData[] => {
  const { matches, compare, limit } = compileQuery(one)
  return [...records].filter(matches).toSorted(compare).slice(0, limit)
}

const batches = fc.array(
  fc.oneof(fc.array(change, { maxLength: 3 }), fc.array(change, { minLength: 15, maxLength: 60 })),
  { maxLength: 8 },
)
const initial = fc.uniqueArray(record, { maxLength: 31, selector: (data) => data['id'] })

const applyTo = (records: Map<string, RecordData>, changes: readonly RecordChange[]): void => {
  for (const { id, record: data } of changes) {
    if (data === undefined) records.delete(id)
    else records.set(id, data)
  }
}

test('after any changes the window is what filter, sort and slice give; `apply` says exactly if it changed', () => {
  fc.assert(
    fc.property(query, initial, batches, (one, start, steps) => {
      const records = new Map(start.map((data) => [idOf(data), data]))
      const window = createResultWindow(compileQuery(one), start)
      expect(window.value()).toEqual(fromScratch(one, records.values()))
      for (const changes of steps) {
        const before = window.value()
        applyTo(records, changes)
        const changed = window.apply(changes)
        const after = window.value()
        const expected = fromScratch(one, records.values())
        expect(after).toEqual(expected)
        expect(changed).toBe(!portableEquals([...before], [...expected]))
        expect(changed).toBe(before !== after)
        const isCopy = (data: RecordData): boolean =>
          before.some((old) => old !== data && portableEquals(old, data))
        expect(after.filter(isCopy)).toEqual([])
      }
    }),
    { numRuns: 400 },
  )
})

const row = (id: string, votes: number, more: Record<string, Portable> = {}): RecordData => ({
  id,
  votes,
  ...more,
})

test('the list and its records keep their identity until they change', () => {
  const [a, b] = [row('a', 1), row('b', 2)]
  const window = createResultWindow(compileQuery({ orderBy: { votes: 'asc' } }), [a, b])
  const before = window.value()
  expect(window.value()).toBe(before)
  expect(window.apply([{ id: 'a', record: row('a', 1) }])).toBe(false)
  expect(window.apply([])).toBe(false)
  expect(window.value()).toBe(before)
  expect(window.apply([{ id: 'b', record: row('b', 0) }])).toBe(true)
  expect(window.value()).toEqual([row('b', 0), a])
  expect(window.value()[1]).toBe(a)
  expect(before).toEqual([a, b])
})

test('a change beyond the limit is kept in mind and not shown', () => {
  const window = createResultWindow(compileQuery({ limit: 2 }), [row('a', 1), row('b', 1), row('c', 1)])
  expect(window.apply([{ id: 'd', record: row('d', 1) }])).toBe(false)
  expect(window.apply([{ id: 'c', record: row('c', 9) }])).toBe(false)
  expect(window.apply([{ id: 'a', record: undefined }])).toBe(true)
  expect(window.value()).toEqual([row('b', 1), row('c', 9)])
})

test('a batch counts by its end: there and back is no change', () => {
  const window = createResultWindow(compileQuery({}), [row('a', 1)])
  expect(
    window.apply([
      { id: 'a', record: undefined },
      { id: 'b', record: row('b', 1) },
      { id: 'a', record: row('a', 1) },
      { id: 'b', record: undefined },
    ]),
  ).toBe(false)
})

const many = Array.from({ length: 20_000 }, (_, index) => row(`r${index}`, (index * 7919) % 20_000))

test('one change costs a search, not a sort', () => {
  const window = createResultWindow(compileQuery({ orderBy: { votes: 'asc' }, limit: 50 }), many)
  const start = window.inspected
  for (let votes = 0; votes < 100; votes += 1) window.apply([{ id: 'r5', record: row('r5', votes * 200) }])
  expect((window.inspected - start) / 100).toBeLessThan(2 * Math.ceil(Math.log2(many.length)) + 2)
})

test('a large batch costs a search for each change and one pass', () => {
  const window = createResultWindow(compileQuery({ orderBy: { votes: 'asc' } }), many)
  const start = window.inspected
  const changes = many.slice(0, 10_000).map((data) => ({ id: idOf(data), record: { ...data, votes: -1 } }))
  expect(window.apply(changes)).toBe(true)
  expect((window.inspected - start) / changes.length).toBeLessThan(4 * Math.ceil(Math.log2(many.length)))
  expect(window.value()).toHaveLength(many.length)
})

test('records that do not match cost one test each', () => {
  const window = createResultWindow(compileQuery({ where: { votes: -5 } }), many)
  const start = window.inspected
  expect(window.apply(many.slice(0, 1000).map((data) => ({ id: idOf(data), record: data })))).toBe(false)
  expect(window.inspected - start).toBe(1000)
})
