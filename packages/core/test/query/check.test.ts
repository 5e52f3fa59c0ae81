import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasCode } from '../../src/base/errors.ts'
import { checkQuery } from '../../src/data/query/check.ts'
import { fields, query } from './todo.ts'

const refused = (wrong: unknown): { readonly path: string | undefined; readonly message: string } => {
  try {
    checkQuery(fields, wrong)
  } catch (error) {
    if (hasCode(error, 'INVALID')) return { path: error.details.path, message: error.message }
    throw error
  }
  throw new Error('The query was accepted.')
}

const nested = (depth: number): unknown => (depth === 0 ? {} : { and: [nested(depth - 1)] })

test.each<[unknown, string | undefined, RegExp]>([
  [null, undefined, /must be an object/],
  [[], undefined, /must be an object/],
  [{ wheer: {} }, 'wheer', /unknown; a query has where, orderBy and limit/],
  [{ where: { titel: 'a' } }, 'where.titel', /no field .* its fields are id, title, votes/],
  [{ where: { constructor: 'a' } }, 'where.constructor', /no field/],
  [{ where: { title: { like: 'a' } } }, 'where.title.like', /is no operator; there are eq, in, gt/],
  [{ where: { title: {} } }, 'where.title', /has no operator; compare with an object by/],
  [{ where: { title: undefined } }, 'where.title', /is undefined/],
  [{ where: { title: { eq: undefined } } }, 'where.title.eq', /is undefined/],
  [{ where: { title: { in: 'abc' } } }, 'where.title.in', /must be a list/],
  [{ where: { title: { in: ['a', undefined] } } }, 'where.title.in[1]', /is undefined/],
  [{ where: { votes: { gt: null } } }, 'where.votes.gt', /must be a number, a bigint, a text or a date/],
  [{ where: { votes: { lte: [1] } } }, 'where.votes.lte', /must be a number/],
  [{ where: { votes: Number.NaN } }, 'where.votes', /NaN/],
  [{ where: { votes: { lt: Number.POSITIVE_INFINITY } } }, 'where.votes.lt', /infinite/],
  [{ where: { title: { startsWith: 1 } } }, 'where.title.startsWith', /must be a text/],
  [{ where: { any: new Date(Number.NaN) } }, 'where.any', /date outside/],
  [{ where: { or: { done: true } } }, 'where.or', /must be a list/],
  [{ where: { or: [{ done: true }, { dnoe: true }] } }, 'where.or[1].dnoe', /no field/],
  [{ where: [] }, 'where', /must be an object/],
  [{ where: nested(40) }, `where${'.and[0]'.repeat(33)}`, /nested deeper/],
  [{ orderBy: { titel: 'asc' } }, 'orderBy.titel', /no field/],
  [{ orderBy: { title: 'up' } }, 'orderBy.title', /must be 'asc' or 'desc'/],
  [{ orderBy: 'title' }, 'orderBy', /must be an object/],
  [{ limit: -1 }, 'limit', /whole number, 0 or more/],
  [{ limit: 1.5 }, 'limit', /whole number/],
  [{ limit: '5' }, 'limit', /whole number/],
  [{ limit: Number.POSITIVE_INFINITY }, 'limit', /whole number/],
  [{ limit: null }, 'limit', /whole number/],
])('%j is refused', (wrong, path, sentence) => {
  const refusal = refused(wrong)
  expect(refusal.path).toBe(path)
  expect(refusal.message).toMatch(sentence)
  expect(refusal.message).toMatch(/\.$/)
})

test.each([
  {},
  { where: {}, orderBy: {}, limit: 0 },
  { where: undefined, orderBy: undefined, limit: undefined },
  { where: { and: [], or: [{ and: [{ title: 'a' }] }] } },
  { where: { any: { eq: { like: 'a' } } } },
])('%j is accepted', (right) => {
  expect(checkQuery(new Set(fields), right)).toBe(right)
})

test('every generated query is accepted', () => {
  fc.assert(fc.property(query, (right) => void checkQuery(fields, right)))
})
