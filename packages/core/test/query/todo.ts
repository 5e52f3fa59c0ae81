import * as fc from 'fast-check'
import type { Portable } from '../../src/base/portable.ts'
import type { RecordChange } from '../../src/data/query/result-window.ts'
import type { AnyQuery, Direction } from '../../src/data/query/query.ts'
import type { RecordData } from '../../src/model/record.ts'
import { portableScalar } from '../base/portable-arbitrary.ts'

/** The fields of the generated records. `any` holds values of every type; `note` is often absent. */
export const fields: readonly string[] = ['id', 'title', 'votes', 'done', 'note', 'any']

const id = fc.integer({ min: 0, max: 30 }).map((number) => `r${number}`)
const title = fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'B', 'é', '😀')
const votes = fc.integer({ min: -2, max: 3 })

const rest = fc.record(
  { title, votes, done: fc.boolean(), note: fc.constantFrom<Portable>(null, 'x', 'y'), any: portableScalar },
  { requiredKeys: ['title', 'votes', 'done'] },
)

export const record: fc.Arbitrary<RecordData> = fc
  .tuple(id, rest)
  .map(([name, members]): RecordData => Object.assign(Object.create(null) as object, { id: name }, members))

export const idOf = (data: RecordData): string => (typeof data['id'] === 'string' ? data['id'] : '')

export const change: fc.Arbitrary<RecordChange> = fc.oneof(
  { weight: 3, arbitrary: record.map((data) => ({ id: idOf(data), record: data })) },
  { weight: 1, arbitrary: id.map((name) => ({ id: name, record: undefined })) },
)

const condition: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.oneof(
  fc.constant({}),
  fc.boolean().map((done) => ({ done })),
  votes.map((bound) => ({ votes: { gte: bound } })),
  title.map((beginning) => ({ title: { startsWith: beginning } })),
  fc.constantFrom<Readonly<Record<string, unknown>>>(
    { note: null },
    { note: { in: ['x', null] } },
    { or: [{ done: true }, { votes: { gt: 0, lt: 3 } }] },
    { and: [{ done: false }, { title: { gt: 'a' } }] },
  ),
)

const direction = fc.constantFrom<Direction>('asc', 'desc')

const order: fc.Arbitrary<Readonly<Record<string, Direction>>> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...fields), direction), {
    maxLength: 3,
    selector: ([field]) => field,
  })
  .map((entries) => Object.fromEntries(entries))

export const query: fc.Arbitrary<AnyQuery> = fc.record(
  { where: condition, orderBy: order, limit: fc.integer({ min: 0, max: 12 }) },
  { requiredKeys: [] },
)
