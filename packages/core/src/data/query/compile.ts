import type { Portable } from '../../base/portable.ts'
import type { RecordData } from '../../model/record.ts'
import { compileCondition } from './operators.ts'
import { comparePortable } from './order.ts'
import type { AnyQuery, AnyWhere } from './query.ts'

/** A query as functions. */
export interface CompiledQuery {
  readonly matches: (record: RecordData) => boolean
  /** A total order: 0 only for one and the same id. */
  readonly compare: (left: RecordData, right: RecordData) => number
  readonly limit: number | undefined
}

/** Expects a query that `checkQuery` has passed. */
export const compileQuery = (query: AnyQuery): CompiledQuery => ({
  matches: compileWhere(query.where ?? {}),
  compare: compileOrder(Object.entries(query.orderBy ?? {})),
  limit: query.limit,
})

/** Absent counts as null. */
const valueOf = (record: RecordData, field: string): Portable =>
  Object.hasOwn(record, field) ? (record[field] ?? null) : null

const compileWhere = (where: AnyWhere): CompiledQuery['matches'] => {
  const tests = Object.entries(where).map(([key, condition]): CompiledQuery['matches'] => {
    if (key === 'and') return every(alternatives(condition))
    if (key === 'or') return some(alternatives(condition))
    const test = compileCondition(condition)
    return (record) => test(valueOf(record, key))
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
  const keys = [...order, ['id', 'asc'] as const].map(([field, direction]) => ({
    field,
    sign: direction === 'desc' ? -1 : 1,
  }))
  return (left, right) => {
    for (const { field, sign } of keys) {
      const difference = comparePortable(valueOf(left, field), valueOf(right, field))
      if (difference !== 0) return sign * difference
    }
    return 0
  }
}
