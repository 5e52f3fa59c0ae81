import * as fc from 'fast-check'
import type { Portable } from '../../src/base/portable.ts'
import type { QueryFields } from '../../src/data/query/check.ts'
import type { RowChange } from '../../src/data/query/result-window.ts'
import type { AnyQuery, Direction } from '../../src/data/query/query.ts'
import type { RecordData } from '../../src/model/record.ts'
import { portableScalar } from '../base/portable-arbitrary.ts'

/** The fields of the generated records. `any` holds values of every type; `note` is often absent. */
const names = ['id', 'title', 'votes', 'done', 'note', 'any', 'place']
export const fields: QueryFields = {
  names,
  has: (path) => names.includes(path) || path === 'place.city',
}

const id = fc.integer({ min: 0, max: 30 }).map((number) => `r${number}`)
const title = fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'B', 'é', '😀')
const votes = fc.integer({ min: -2, max: 3 })

/** Texts that an index can't tell apart. */
const long = (number: number): string => `${'long '.repeat(30)}${number}`

const rest = fc.record(
  {
    title,
    votes,
    done: fc.boolean(),
    note: fc.constantFrom<Portable>(null, 'x', 'y'),
    // What is stored has no negative zero.
    any: fc.oneof(
      portableScalar.map((value) => (Object.is(value, -0) ? 0 : value)),
      fc.constantFrom<Portable>(1, 2, 'a', ['x'], { a: 1 }, long(1), long(2)),
    ),
    place: fc.constantFrom<Portable>(null, {}, { city: 'Ada' }, { city: 'Bo' }, { city: null }, 'x', [
      'city',
    ]),
  },
  { requiredKeys: ['title', 'votes', 'done'] },
)

export const record: fc.Arbitrary<RecordData> = fc
  .tuple(id, rest)
  .map(([name, members]): RecordData => Object.assign(Object.create(null) as object, { id: name }, members))

export const idOf = (data: RecordData): string => (typeof data['id'] === 'string' ? data['id'] : '')

export const change: fc.Arbitrary<RowChange> = fc.oneof(
  { weight: 3, arbitrary: record.map((data) => ({ key: idOf(data), record: data })) },
  { weight: 1, arbitrary: id.map((name) => ({ key: name, record: undefined })) },
)

type Part = Readonly<Record<string, unknown>>

const simple: fc.Arbitrary<Part> = fc.oneof(
  fc.boolean().map((done) => ({ done })),
  votes.map((bound) => ({ votes: bound })),
  votes.map((bound) => ({ votes: { gte: bound } })),
  fc.tuple(votes, votes).map(([low, high]) => ({ votes: { gt: low, lt: high } })),
  fc.uniqueArray(votes).map((members) => ({ votes: { in: members } })),
  title.map((beginning) => ({ title: { startsWith: beginning } })),
  title.map((bound) => ({ title: { lte: bound } })),
  id.map((one) => ({ id: one })),
  fc.uniqueArray(id, { maxLength: 4 }).map((ids) => ({ id: { in: [...ids, 'no such id', 'å'] } })),
  fc.tuple(id, id).map(([low, high]) => ({ id: { gte: low, lt: high } })),
  id.map((low) => ({ id: { gt: low } })),
  fc.constantFrom<Part>(
    { note: null },
    { note: { in: ['x', null] } },
    { any: { gt: 1 } },
    { any: { eq: ['x'] } },
    { any: long(1) },
    { any: { in: [1, 'a', long(1), long(2)] } },
    { any: { gte: long(1) } },
    { any: { gt: long(1) } },
    { any: { lt: long(2) } },
    { any: { startsWith: long(1) } },
    { any: { startsWith: 'long' } },
    { any: { contains: 'x' } },
    { 'place.city': 'Ada' },
    { 'place.city': null },
    { 'place.city': { gt: 'A', lt: 5 } },
    { id: { startsWith: 'r1' } },
    { id: { in: [] } },
  ),
)

const condition: fc.Arbitrary<Part> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: simple },
  { weight: 3, arbitrary: fc.array(simple, { maxLength: 3 }).map((parts) => ({ and: parts })) },
  { weight: 1, arbitrary: fc.array(simple, { maxLength: 3 }).map((parts) => ({ or: parts })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(simple, simple, simple)
      .map(([one, ...others]) => ({ ...one, and: [{ or: others }] })),
  },
)

const direction = fc.constantFrom<Direction>('asc', 'desc')

const order: fc.Arbitrary<Readonly<Record<string, Direction>>> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...names, 'place.city'), direction), {
    maxLength: 3,
    selector: ([field]) => field,
  })
  .map((entries) => Object.fromEntries(entries))

export const query: fc.Arbitrary<AnyQuery> = fc.record(
  {
    where: condition,
    orderBy: order,
    limit: fc.integer({ min: 0, max: 12 }),
    offset: fc.integer({ min: 0, max: 6 }),
  },
  { requiredKeys: [] },
)
