import { expect, test } from 'vitest'
import { planCount, planQuery, type Plan } from '../../src/data/query/plan.ts'
import type { AnyQuery } from '../../src/data/query/query.ts'
import type { IndexFields } from '../../src/model/indexes.ts'

const indexes: readonly IndexFields[] = [
  ['done'],
  ['list', 'position'],
  ['list', 'title'],
  ['title'],
  ['due', 'list'],
]

/** The plan in one line: what is read, where, and how the entries come. */
const told = (plan: Plan): string => {
  switch (plan.kind) {
    case 'ids':
      return `ids ${plan.ids.join()}`
    case 'records':
      return `records ${plan.reverse === undefined ? 'unsorted' : plan.reverse ? 'down' : 'up'}`
    case 'index': {
      const { fields, ranges, order, isExact } = plan
      const way = order === undefined ? 'unsorted' : order.reverse ? 'down' : 'up'
      return `${fields.join(':')} x${ranges.length} ${way}${isExact ? ' exact' : ''}`
    }
  }
}

test.each<[AnyQuery, string]>([
  [{}, 'records up'],
  [{ orderBy: { id: 'desc' } }, 'records down'],
  [{ orderBy: { votes: 'asc' } }, 'records unsorted'],
  [{ where: { id: 'a' } }, 'ids a'],
  [{ where: { id: { in: ['a', 'b', 'a', 'not an id'] }, done: true } }, 'ids a,b'],
  [{ where: { id: { gt: 'a' } }, limit: 5 }, 'records up'],
  [{ where: { done: true } }, 'done x1 up exact'],
  [{ where: { done: true, votes: 3 } }, 'done x1 up'],
  [{ where: { done: { in: [true, false] } } }, 'done x2 up exact'],
  [{ where: { list: 'a' } }, 'list:position x1 unsorted exact'],
  [{ where: { list: 'a' }, orderBy: { title: 'asc' } }, 'list:title x1 up exact'],
  [{ where: { list: 'a' }, orderBy: { list: 'asc', title: 'desc' } }, 'list:title x1 down exact'],
  [{ where: { list: 'a' }, orderBy: { title: 'desc', votes: 'asc' } }, 'list:position x1 unsorted exact'],
  [{ where: { list: 'a', position: { gt: 3 } } }, 'list:position x1 unsorted exact'],
  [
    { where: { list: 'a', position: { gt: 3 } }, orderBy: { position: 'desc' } },
    'list:position x1 down exact',
  ],
  [{ where: { list: 'a', title: { startsWith: 'x' } } }, 'list:title x1 unsorted exact'],
  [{ where: { and: [{ list: 'a' }, { and: [{ title: 'b' }] }] } }, 'list:title x1 up exact'],
  [{ where: { list: 'a', done: true } }, 'done x1 up'],
  [{ where: { or: [{ list: 'a' }] } }, 'records up'],
  [{ where: { list: 'a', or: [{ done: true }] } }, 'list:position x1 unsorted'],
  [{ orderBy: { title: 'asc' } }, 'records unsorted'],
  [{ orderBy: { title: 'asc' }, limit: 5 }, 'title x1 up exact'],
  [{ orderBy: { due: 'desc', list: 'desc' }, limit: 5 }, 'due:list x1 down exact'],
  [{ orderBy: { due: 'desc', list: 'asc' }, limit: 5 }, 'records unsorted'],
  [{ orderBy: { due: 'desc', id: 'desc', list: 'asc' }, limit: 5 }, 'due:list x1 down exact'],
  [{ where: { title: { gt: 3, lt: 'a' } } }, 'title x1 unsorted'],
  [{ where: { title: 'a'.repeat(100) } }, 'title x1 up'],
  [{ where: { title: { in: Array.from({ length: 300 }, (_, index) => `${index}`) } } }, 'records up'],
])('[QU05] %j is planned as %s', (query, plan) => {
  expect(told(planQuery(query, indexes))).toBe(plan)
  expect(told(planQuery(query, indexes.toReversed()))).toBe(plan)
})

test('[QU05] without an index there is the collection', () => {
  expect(told(planQuery({ where: { done: true } }, []))).toBe('records up')
})

test('[QU09] what is only counted is counted by the smallest index', () => {
  expect(told(planCount({}, indexes))).toBe('done x1 unsorted exact')
  expect(told(planCount({ where: { list: 'a' } }, indexes))).toBe('list:position x1 unsorted exact')
  expect(told(planCount({ where: { or: [] } }, indexes))).toBe('records up')
  expect(told(planCount({}, []))).toBe('records up')
})
