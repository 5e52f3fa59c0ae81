import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import type { AnyQuery, CountQuery, Query, Where } from '../../src/data/query/query.ts'
import type { RecordData } from '../../src/model/record.ts'
import { collection } from '../../src/model/schema.ts'

const fields = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  done: z.boolean(),
  votes: z.number(),
  total: z.bigint().nullable(),
  due: z.date().optional(),
  tags: z.array(z.string()),
  place: z.object({ city: z.string() }),
  address: z.object({ zip: z.number(), geo: z.object({ at: z.date() }).nullable() }).optional(),
  labels: z.record(z.string(), z.number()),
  free: z.unknown(),
})
type Todo = z.output<typeof fields>

const where = (condition: Where<Todo>): Where<Todo> => condition
const query = (one: Query<Todo>): AnyQuery => one

test('conditions follow the types of the fields', () => {
  where({ title: 'a', state: 'open', done: true, votes: 1, total: null, due: null, tags: ['a'], free: 1n })
  where({ title: { startsWith: 'a' }, state: { in: ['open'] }, votes: { gt: 1, lte: 3 }, done: { eq: true } })
  where({ total: { gt: 1n }, due: { lt: new Date(0), in: [null] }, place: { eq: { city: 'x' } } })
  where({ free: { gt: 1 }, tags: { eq: ['a'] }, and: [{ done: true }], or: [{ or: [{ votes: 1 }] }] })

  // @ts-expect-error 'titel' does not exist in type 'Where<
  where({ titel: 'a' })
  // @ts-expect-error Type '"shut"' is not assignable to type 'Condition<
  where({ state: 'shut' })
  // @ts-expect-error Type 'string' is not assignable to type 'Condition<number>'
  where({ votes: '3' })
  // @ts-expect-error Type 'null' is not assignable to type 'Condition<number>'
  where({ votes: null })
  // @ts-expect-error 'startsWith' does not exist in type 'Operators<number>'
  where({ votes: { startsWith: '3' } })
  // @ts-expect-error 'gt' does not exist in type '{ readonly eq?: boolean; readonly in?: readonly boolean[]; }'
  where({ done: { gt: false } })
  // @ts-expect-error 'like' does not exist in type 'Operators<string>'
  where({ title: { like: '%a%' } })
  // @ts-expect-error 'city' does not exist in type '{ readonly eq?: { city: string; };
  where({ place: { city: 'x' } })
  // @ts-expect-error Type 'null' is not assignable to type 'bigint | undefined'
  where({ total: { gt: null } })
  // @ts-expect-error with 'exactOptionalPropertyTypes: true'
  where({ title: undefined })
  // @ts-expect-error 'dnoe' does not exist in type 'Where<
  where({ or: [{ dnoe: true }] })
})

test('paths lead to the fields of nested objects', () => {
  where({ 'place.city': 'x', 'address.zip': { gt: 3 }, 'address.geo.at': { lt: new Date(0) }, 'free.x.y': 1 })
  where({ 'place.city': { startsWith: 'x' }, 'address.zip': null, 'address.geo.at': null, 'labels.red': 3 })
  where({ tags: { contains: 'a' } })

  // @ts-expect-error 'place.town' does not exist in type 'Where<
  where({ 'place.town': 'x' })
  // @ts-expect-error Type 'number' is not assignable to type 'Condition<string>'
  where({ 'place.city': 3 })
  // @ts-expect-error Type 'null' is not assignable to type 'Condition<string>'
  where({ 'place.city': null })
  // @ts-expect-error 'startsWith' does not exist in type 'Operators<number | null>'
  where({ 'address.zip': { startsWith: '3' } })
  // @ts-expect-error 'title.length' does not exist in type 'Where<
  where({ 'title.length': 3 })
  // @ts-expect-error 'tags.0' does not exist in type 'Where<
  where({ 'tags.0': 'a' })
  // @ts-expect-error Type 'number' is not assignable to type 'string'
  where({ tags: { contains: 3 } })
  // @ts-expect-error 'contains' does not exist in type 'Operators<string>'
  where({ title: { contains: 'a' } })
  query({ orderBy: { 'address.geo.at': 'desc', 'labels.red': 'asc' } })
  // @ts-expect-error 'address.geo.on' does not exist in type 'OrderBy<
  query({ orderBy: { 'address.geo.on': 'desc' } })
})

test('an index names fields or paths', () => {
  collection({
    fields,
    indexes: ['done', ['state', 'votes'], 'place.city', ['address.geo.at', 'labels.red']],
  })
  // @ts-expect-error Type '"dnoe"' is not assignable to type 'IndexDeclaration<
  collection({ fields, indexes: ['dnoe'] })
  // @ts-expect-error Type '"place.town"' is not assignable to type 'FieldPath<
  collection({ fields, indexes: [['done', 'place.town']] })
})

test('what is counted has conditions alone', () => {
  expectTypeOf<CountQuery<Todo>>().toEqualTypeOf<{ readonly where?: Where<Todo> | undefined }>()
})

test('orders and limits follow too', () => {
  query({ orderBy: { title: 'asc', due: 'desc' }, limit: 3, offset: 6 })
  query({ where: undefined, orderBy: undefined, limit: undefined })
  // @ts-expect-error Type '"up"' is not assignable to type 'Direction | undefined'
  query({ orderBy: { title: 'up' } })
  // @ts-expect-error 'titel' does not exist in type 'OrderBy<
  query({ orderBy: { titel: 'asc' } })
  // @ts-expect-error Type 'string' is not assignable to type 'number'
  query({ limit: '3' })
})

test('a typed query is a query of any record', () => {
  expectTypeOf<Query<Todo>>().toExtend<AnyQuery>()
  expectTypeOf<Query<RecordData>>().toExtend<AnyQuery>()
})
