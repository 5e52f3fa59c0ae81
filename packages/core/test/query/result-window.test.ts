import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { portableEquals, type Portable } from '../../src/base/portable.ts'
import { compileQuery, type CompiledQuery } from '../../src/data/query/compile.ts'
import type { AnyQuery } from '../../src/data/query/query.ts'
import {
  createResultWindow,
  type ResultWindow,
  type Row,
  type RowChange,
} from '../../src/data/query/result-window.ts'
import type { RecordData } from '../../src/model/record.ts'
import { change, idOf, query, record } from './todo.ts'

const fromScratch = (one: AnyQuery, records: Iterable<RecordData>): readonly RecordData[] => {
  const { matches, compare, from, to } = compileQuery(one)
  return [...records].filter(matches).toSorted(compare).slice(from, to)
}

const toRow = (data: RecordData): Row => ({ key: idOf(data), record: data })

/** As the reader opens one: it gives the matches, all of them or the first ones. */
const openWindow = (
  compiled: CompiledQuery,
  records: Iterable<RecordData>,
  { slack = 0, all = true }: { readonly slack?: number; readonly all?: boolean } = {},
): ResultWindow => {
  const matches = [...records].filter(compiled.matches).toSorted(compiled.compare)
  const rows = all ? matches : matches.slice(0, compiled.to + slack)
  return createResultWindow(compiled, {
    rows: rows.map(toRow),
    isAll: rows.length === matches.length,
    slack,
  })
}

const windowOf = (one: AnyQuery, records: Iterable<RecordData>): ResultWindow =>
  openWindow(compileQuery(one), records, { slack: 1_000 })

const batches = fc.array(
  fc.oneof(fc.array(change, { maxLength: 3 }), fc.array(change, { minLength: 15, maxLength: 60 })),
  { maxLength: 8 },
)
const initial = fc.uniqueArray(record, { maxLength: 31, selector: (data) => data['id'] })

const applyTo = (records: Map<string, RecordData>, changes: readonly RowChange[]): void => {
  for (const { key, record: data } of changes) {
    if (data === undefined) records.delete(key)
    else records.set(key, data)
  }
}

test('[QU10] after any changes the window is what filter, sort and slice give; `apply` says exactly if it changed', () => {
  fc.assert(
    fc.property(query, initial, batches, (one, start, steps) => {
      const records = new Map(start.map((data) => [idOf(data), data]))
      const window = windowOf(one, start)
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

test('[QU11] a window that keeps some in reserve is right until it says that it is short', () => {
  const slacks = fc.integer({ min: 0, max: 6 })
  fc.assert(
    fc.property(query, initial, batches, slacks, fc.boolean(), (one, start, steps, slack, all) => {
      const records = new Map(start.map((data) => [idOf(data), data]))
      const compiled = compileQuery(one)
      let window = openWindow(compiled, start, { slack, all })
      for (const changes of steps) {
        applyTo(records, changes)
        window.apply(changes)
        if (window.supply() === 'short') window = openWindow(compiled, records.values(), { slack, all })
        expect(window.value()).toEqual(fromScratch(one, records.values()))
        expect(window.supply()).not.toBe('short')
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
  const window = windowOf({ orderBy: { votes: 'asc' } }, [a, b])
  const before = window.value()
  expect(window.value()).toBe(before)
  expect(window.apply([{ key: 'a', record: row('a', 1) }])).toBe(false)
  expect(window.apply([])).toBe(false)
  expect(window.value()).toBe(before)
  expect(window.apply([{ key: 'b', record: row('b', 0) }])).toBe(true)
  expect(window.value()).toEqual([row('b', 0), a])
  expect(window.value()[1]).toBe(a)
  expect(before).toEqual([a, b])
})

test('a change beyond the limit is kept in mind and not shown', () => {
  const window = windowOf({ limit: 2 }, [row('a', 1), row('b', 1), row('c', 1)])
  expect(window.apply([{ key: 'd', record: row('d', 1) }])).toBe(false)
  expect(window.apply([{ key: 'c', record: row('c', 9) }])).toBe(false)
  expect(window.apply([{ key: 'a', record: undefined }])).toBe(true)
  expect(window.value()).toEqual([row('b', 1), row('c', 9)])
})

test('a batch counts by its end: there and back is no change', () => {
  const window = windowOf({}, [row('a', 1)])
  expect(
    window.apply([
      { key: 'a', record: undefined },
      { key: 'b', record: row('b', 1) },
      { key: 'a', record: row('a', 1) },
      { key: 'b', record: undefined },
    ]),
  ).toBe(false)
})

test('records with one id in two places stand side by side', () => {
  const compiled = compileQuery({})
  const rows = [
    { key: '2', record: row('a', 2) },
    { key: '1', record: row('a', 1) },
  ]
  const window = createResultWindow(compiled, { rows, isAll: true, slack: 0 })
  expect(window.value()).toEqual([row('a', 1), row('a', 2)])
  expect(window.apply([{ key: '1', record: undefined }])).toBe(true)
  expect(window.value()).toEqual([row('a', 2)])
})

test('[QU11] what is kept is bounded, and the reserve tells when it runs low', () => {
  const compiled = compileQuery({ orderBy: { votes: 'asc' }, limit: 2 })
  const window = openWindow(compiled, [row('a', 1), row('b', 2), row('c', 3), row('d', 4), row('e', 5)], {
    slack: 2,
  })
  expect(window.supply()).toBe('enough')
  // Behind what is kept: whether there are more like it is not known.
  expect(window.apply([{ key: 'f', record: row('f', 6) }])).toBe(false)
  window.apply([{ key: 'a', record: undefined }])
  expect(window.supply()).toBe('enough')
  window.apply([{ key: 'b', record: row('b', 9) }])
  expect([window.supply(), window.value()]).toEqual(['low', [row('c', 3), row('d', 4)]])
  window.apply([{ key: 'd', record: undefined }])
  expect(window.supply()).toBe('short')
  for (let votes = 0; votes < 20; votes += 1)
    window.apply([{ key: `x${votes}`, record: row(`x${votes}`, -votes) }])
  expect([window.supply(), window.value()]).toEqual(['enough', [row('x19', -19), row('x18', -18)]])
})

const many = Array.from({ length: 20_000 }, (_, index) => row(`r${index}`, (index * 7919) % 20_000))

/** A query that counts how often a record is tested or compared. */
const counted = (one: AnyQuery): CompiledQuery & { readonly inspected: () => number } => {
  const compiled = compileQuery(one)
  let inspected = 0
  return {
    ...compiled,
    inspected: () => inspected,
    matches(data) {
      inspected += 1
      return compiled.matches(data)
    },
    compare(left, right) {
      inspected += 1
      return compiled.compare(left, right)
    },
  }
}

test('[QU10] one change costs a search, not a sort', () => {
  const compiled = counted({ orderBy: { votes: 'asc' } })
  const window = openWindow(compiled, many)
  const start = compiled.inspected()
  for (let votes = 0; votes < 100; votes += 1) window.apply([{ key: 'r5', record: row('r5', votes * 200) }])
  expect((compiled.inspected() - start) / 100).toBeLessThan(2 * Math.ceil(Math.log2(many.length)) + 2)
})

test('a large batch costs a search for each change and one pass', () => {
  const compiled = counted({ orderBy: { votes: 'asc' } })
  const window = openWindow(compiled, many)
  const start = compiled.inspected()
  const changes = many.slice(0, 10_000).map((data) => ({ key: idOf(data), record: { ...data, votes: -1 } }))
  expect(window.apply(changes)).toBe(true)
  expect((compiled.inspected() - start) / changes.length).toBeLessThan(4 * Math.ceil(Math.log2(many.length)))
  expect(window.value()).toHaveLength(many.length)
})

test('records that do not match cost one test each', () => {
  const compiled = counted({ where: { votes: -5 } })
  const window = openWindow(compiled, many)
  const start = compiled.inspected()
  expect(window.apply(many.slice(0, 1000).map((data) => ({ key: idOf(data), record: data })))).toBe(false)
  expect(compiled.inspected() - start).toBe(1000)
})
