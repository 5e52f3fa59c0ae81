import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { hasCode } from '../../src/base/errors.ts'
import { checkCountQuery, checkQuery, queryFields } from '../../src/data/query/check.ts'
import { collection } from '../../src/model/schema.ts'
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
  [{ wheer: {} }, 'wheer', /unknown; a query has where, orderBy, limit and offset/],
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
  [{ offset: -1 }, 'offset', /whole number, 0 or more/],
  [{ where: { 'place.town': 'a' } }, 'where.place.town', /no field/],
  [{ where: { 'title.length': 1 } }, 'where.title.length', /no field/],
  [{ orderBy: { 'place.town': 'asc' } }, 'orderBy.place.town', /no field/],
  [{ where: { any: { contains: undefined } } }, 'where.any.contains', /is undefined/],
])('[QU03] %j is refused', (wrong, path, sentence) => {
  const refusal = refused(wrong)
  expect(refusal.path).toBe(path)
  expect(refusal.message).toMatch(sentence)
  expect(refusal.message).toMatch(/\.$/)
})

test.each([
  {},
  { where: {}, orderBy: {}, limit: 0, offset: 0 },
  { where: { 'place.city': 'Ada' }, orderBy: { 'place.city': 'desc' } },
  { where: undefined, orderBy: undefined, limit: undefined },
  { where: { and: [], or: [{ and: [{ title: 'a' }] }] } },
  { where: { any: { eq: { like: 'a' } } } },
])('%j is accepted', (right) => {
  expect(checkQuery(fields, right)).toBe(right)
})

test('every generated query is accepted', () => {
  fc.assert(fc.property(query, (right) => void checkQuery(fields, right)))
})

test('[QU03] what is counted has conditions and nothing else', () => {
  const query = { where: { done: true }, limit: undefined }
  expect(checkCountQuery(fields, query)).toBe(query)
  expect(() => checkCountQuery(fields, { where: { dnoe: true } })).toThrow('where.dnoe names no field')
  expect(() => checkCountQuery(fields, { limit: 3 })).toThrow('limit has no place in a count')
})

test('[QU03] paths follow the schema through whatever wraps a nested object', () => {
  const { names, has } = queryFields(
    collection({
      fields: z.object({
        id: z.string(),
        place: z.object({ city: z.string(), geo: z.object({ at: z.date() }).nullable() }).optional(),
        kind: z.union([z.string(), z.object({ name: z.string() })]),
        labels: z.record(z.string(), z.object({ since: z.date() })),
        tree: z.lazy(() => z.object({ leaf: z.number() })).default({ leaf: 1 }),
        loose: z.looseObject({ known: z.string() }),
        both: z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
        free: z.unknown(),
        tags: z.array(z.object({ name: z.string() })),
      }),
    }),
  )
  expect(names).toContain('place')
  const known = ['place.city', 'place.geo.at', 'kind.name', 'labels.red.since', 'tree.leaf', 'loose.other']
  for (const path of [...known, ...names, 'both.a', 'both.b', 'free.x.y'])
    expect([path, has(path)]).toEqual([path, true])
  const unknown = [
    '',
    'plaec',
    'place.town',
    'place.geo.on',
    'kind.size',
    'labels.red.until',
    'tree.x',
    'both.c',
  ]
  for (const path of [...unknown, 'place.', '.place', 'tags.0', 'tags.name', 'id.x', 'toString'])
    expect([path, has(path)]).toEqual([path, false])
})
