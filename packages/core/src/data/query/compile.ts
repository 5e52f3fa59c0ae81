import { comparePortable } from '../../base/order.ts'
import { fieldReader } from '../../model/field-path.ts'
import type { RecordData } from '../../model/record.ts'
import { compileCondition } from './operators.ts'
import type { AnyQuery, AnyWhere } from './query.ts'

/** A query as functions. */
export interface CompiledQuery {
  readonly matches: (record: RecordData) => boolean
  /** A total order: 0 only for one and the same id. */
  readonly compare: (left: RecordData, right: RecordData) => number
  /** The first of the matches, in order, that is shown; and the first that is not shown any more. */
  readonly from: number
  readonly to: number
}

/** Expects a query that `checkQuery` has passed. */
export const compileQuery = ({ where, orderBy, offset, limit }: AnyQuery): CompiledQuery => ({
  matches: compileWhere(where ?? {}),
  compare: compileOrder(Object.entries(orderBy ?? {})),
  from: offset ?? 0,
  to: (offset ?? 0) + (limit ?? Number.POSITIVE_INFINITY),
})

const compileWhere = (where: AnyWhere): CompiledQuery['matches'] => {
  const tests = Object.entries(where).map(([key, condition]): CompiledQuery['matches'] => {
    if (key === 'and') return every(alternatives(condition))
    if (key === 'or') return some(alternatives(condition))
    const test = compileCondition(condition)
    const read = fieldReader(key)
    return (record) => test(read(record))
  })
  return every(tests)
}

const alternatives = (members: unknown): readonly CompiledQuery['matches'][] =>
  (members as readonly AnyWhere[]).map(compileWhere)

const every =
  (tests: readonly CompiledQuery['matches'][]): CompiledQuery['matches'] =>
  (record) =>
    tests.every((test) => test(record))

const some =
  (tests: readonly CompiledQuery['matches'][]): CompiledQuery['matches'] =>
  (record) =>
    tests.some((test) => test(record))

const compileOrder = (order: readonly (readonly [string, unknown])[]): CompiledQuery['compare'] => {
  const keys = [...order, ['id', 'asc'] as const].map(([path, direction]) => ({
    read: fieldReader(path),
    sign: direction === 'desc' ? -1 : 1,
  }))
  return (left, right) => {
    for (const { read, sign } of keys) {
      const difference = comparePortable(read(left), read(right))
      if (difference !== 0) return sign * difference
    }
    return 0
  }
}
