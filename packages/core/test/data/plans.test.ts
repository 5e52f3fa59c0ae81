import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileQuery } from '../../src/data/query/compile.ts'
import { planQuery } from '../../src/data/query/plan.ts'
import type { AnyQuery, Direction } from '../../src/data/query/query.ts'
import type { IndexFields } from '../../src/model/indexes.ts'
import type { RecordData } from '../../src/model/record.ts'
import { idOf, query, record } from '../query/todo.ts'
import { openLocalData } from '../support/local-data.ts'

const paths = ['title', 'votes', 'done', 'note', 'any', 'place.city']

const index: fc.Arbitrary<IndexFields> = fc
  .uniqueArray(fc.constantFrom(...paths), { minLength: 1, maxLength: 3 })
  .filter((fields) => fields.length > 0)

const indexSets: fc.Arbitrary<readonly IndexFields[]> = fc.uniqueArray(index, {
  maxLength: 4,
  selector: (fields) => fields.join(':'),
})

const records = fc.uniqueArray(record, { maxLength: 31, selector: (data) => data['id'] })

const fromScratch = (one: AnyQuery, all: readonly RecordData[]): readonly RecordData[] => {
  const { matches, compare, from, to } = compileQuery(one)
  return all.filter(matches).toSorted(compare).slice(from, to)
}

test('[QU04] whatever the indexes, a query finds what filter, sort and slice give', async () => {
  await fc.assert(
    fc.asyncProperty(
      indexSets,
      records,
      fc.array(query, { minLength: 1, maxLength: 12 }),
      async (indexes, all, queries) => {
        const { reader, write } = await openLocalData({ indexes })
        await write(...all.map((data) => ({ id: idOf(data), record: data })))
        for (const one of queries) {
          const plan = planQuery(one, indexes)
          expect({ plan, found: await reader.find(one) }).toEqual({ plan, found: fromScratch(one, all) })
          const { where } = one
          expect(await reader.count({ where })).toBe(fromScratch({ where }, all).length)
        }
      },
    ),
    { numRuns: 250 },
  )
})

test('[QU04] records of several scopes are one list', async () => {
  await fc.assert(
    fc.asyncProperty(
      indexSets,
      records,
      fc.array(query, { minLength: 1, maxLength: 6 }),
      async (indexes, all, queries) => {
        const scopes = ['s', 's/1', 'å']
        const { reader, write } = await openLocalData({ indexes, scopes })
        await write(
          ...all.map((data, number) => ({ id: idOf(data), record: data, scope: scopes[number % 3] ?? 's' })),
        )
        for (const one of queries) expect(await reader.find(one)).toEqual(fromScratch(one, all))
      },
    ),
    { numRuns: 100 },
  )
})

test('[QU06] after any changes the index finds what is shown, and holds nothing else', async () => {
  const changes = fc.array(fc.array(record, { maxLength: 6 }), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(
      indexSets,
      changes,
      fc.array(query, { minLength: 1, maxLength: 4 }),
      async (indexes, steps, queries) => {
        const { reader, write, store } = await openLocalData({ indexes })
        const shown = new Map<string, RecordData>()
        for (const step of steps) {
          // One of three is removed again in the same step.
          const batch = step.map((data, number) => ({
            id: idOf(data),
            record: number % 3 === 2 ? undefined : data,
          }))
          await write(...batch)
          for (const { id, record: data } of batch) {
            if (data === undefined) shown.delete(id)
            else shown.set(id, data)
          }
        }
        for (const one of queries)
          expect(await reader.find(one)).toEqual(fromScratch(one, [...shown.values()]))
        const [entries] = await store.read([{ scan: 'idx/' }])
        expect(entries).toHaveLength(indexes.length * shown.size)
      },
    ),
    { numRuns: 150 },
  )
})

const long = (number: number): string => `${'long '.repeat(30)}${number}`

/** Many records with few different values: long groups, and texts that an index can't tell apart. */
const crowd = fc
  .array(
    fc.record({
      list: fc.constantFrom('a', 'b', long(1), long(2)),
      rank: fc.integer({ min: 0, max: 4 }),
      done: fc.boolean(),
    }),
    { minLength: 60, maxLength: 250 },
  )
  .map((all) => all.map((data, number): RecordData => ({ id: `r${(number * 37) % 251}`, ...data })))

const direction = fc.constantFrom('asc' as const, 'desc' as const)
const crowdFields = fc.constantFrom('list', 'rank', 'done')

const crowdQuery: fc.Arbitrary<AnyQuery> = fc.record(
  {
    where: fc.constantFrom<NonNullable<AnyQuery['where']>>(
      {},
      { done: true },
      { list: 'a' },
      { list: long(1) },
      { list: { in: ['a', 'b'] } },
      { list: { in: [long(1), long(2), 'b'] }, done: false },
      { rank: { gt: 1 } },
      { list: 'b', rank: { lte: 2 } },
      { list: { gte: long(2) } },
      { or: [{ done: true }, { rank: 0 }] },
    ),
    orderBy: fc
      .tuple(fc.uniqueArray(crowdFields, { maxLength: 2 }), direction, direction, fc.boolean(), direction)
      .map(([order, first, second, same, ids]): Record<string, Direction> => ({
        ...Object.fromEntries(order.map((path, index) => [path, same || index === 0 ? first : second])),
        ...(ids === 'desc' ? { id: 'desc' as const } : {}),
      })),
    limit: fc.integer({ min: 0, max: 60 }),
    offset: fc.integer({ min: 0, max: 20 }),
  },
  { requiredKeys: ['limit'] },
)

const crowdIndexes = fc.uniqueArray(fc.uniqueArray(crowdFields, { minLength: 1, maxLength: 3 }), {
  maxLength: 3,
  selector: (fields) => fields.join(':'),
})

test('[QU04] windows over long groups and over texts that are cut are right too', async () => {
  await fc.assert(
    fc.asyncProperty(
      crowdIndexes,
      crowd,
      fc.array(crowdQuery, { minLength: 1, maxLength: 12 }),
      async (indexes, all, queries) => {
        const { reader, write } = await openLocalData({ indexes })
        await write(...all.map((data) => ({ id: idOf(data), record: data })))
        for (const one of queries) {
          const plan = planQuery(one, indexes)
          expect({ plan, found: await reader.find(one) }).toEqual({ plan, found: fromScratch(one, all) })
        }
      },
    ),
    { numRuns: 120 },
  )
})
