import { SyncError, isSyncError } from '../../base/errors.ts'
import { isObject } from '../../base/objects.ts'
import { assertPortable } from '../../base/portable.ts'
import { kindsAt, shapeOf } from '../../model/field-types.ts'
import type { AnyCollection } from '../../model/schema.ts'
import { isOperators } from './operators.ts'
import type { AnyQuery } from './query.ts'

const maxDepth = 32

const invalid = (path: string, sentence: string, reason: string): never => {
  throw new SyncError('INVALID', `The query's ${path} ${sentence}.`, { path, reason })
}

/** What a query may name. */
export interface QueryFields {
  /** The fields themselves, for messages. */
  readonly names: readonly string[]
  /** Whether a field's name, or a path to a field of a nested object, is one of the collection's. */
  readonly has: (path: string) => boolean
}

export const queryFields = ({ fields }: Pick<AnyCollection, 'fields'>): QueryFields => ({
  names: Object.keys(shapeOf(fields)),
  has: (path) => kindsAt(fields, path).size > 0,
})

/**
 * Checks a query against a collection's fields.
 * @throws SyncError INVALID with the path of the first thing that is wrong
 */
export const checkQuery = (fields: QueryFields, query: unknown): AnyQuery => {
  for (const [part, value] of partsOf(query)) {
    switch (part) {
      case 'where':
        checkWhere(fields, value, part, 0)
        break
      case 'orderBy':
        checkOrder(fields, value)
        break
      case 'limit':
      case 'offset':
        checkCount(value, part)
        break
      default:
        invalid(part, 'is unknown; a query has where, orderBy, limit and offset', 'unknown part')
    }
  }
  return query as AnyQuery
}

/**
 * Checks what is to be counted: conditions alone.
 * @throws SyncError INVALID with the path of the first thing that is wrong
 */
export const checkCountQuery = (fields: QueryFields, query: unknown): AnyQuery => {
  for (const [part, value] of partsOf(query)) {
    if (part !== 'where') invalid(part, 'has no place in a count, which has where alone', 'unknown part')
    checkWhere(fields, value, part, 0)
  }
  return query as AnyQuery
}

const partsOf = (query: unknown): readonly (readonly [string, unknown])[] => {
  if (!isObject(query))
    throw new SyncError('INVALID', 'The query must be an object.', { reason: 'not an object' })
  return Object.entries(query).filter(([, value]) => value !== undefined)
}

const checkField = (fields: QueryFields, field: string, path: string): void => {
  if (fields.has(field)) return
  invalid(
    path,
    `names no field of the collection; its fields are ${fields.names.join(', ')}`,
    'unknown field',
  )
}

const checkCount = (count: unknown, path: 'limit' | 'offset'): void => {
  if (Number.isSafeInteger(count) && Number(count) >= 0) return
  invalid(path, 'must be a whole number, 0 or more; leave it out for all records', `bad ${path}`)
}

const checkOrder = (fields: QueryFields, order: unknown): void => {
  if (!isObject(order))
    return invalid('orderBy', "must be an object such as { title: 'asc' }", 'not an object')
  for (const [field, direction] of Object.entries(order)) {
    checkField(fields, field, `orderBy.${field}`)
    if (direction !== 'asc' && direction !== 'desc') {
      invalid(`orderBy.${field}`, "must be 'asc' or 'desc'", 'unknown direction')
    }
  }
}

const checkWhere = (fields: QueryFields, where: unknown, path: string, depth: number): void => {
  if (depth > maxDepth) return invalid(path, `is nested deeper than ${maxDepth} levels`, 'too deep')
  if (!isObject(where)) return invalid(path, 'must be an object of fields and conditions', 'not an object')
  for (const [key, condition] of Object.entries(where)) {
    const place = `${path}.${key}`
    if (key === 'and' || key === 'or') {
      if (!Array.isArray(condition)) return invalid(place, 'must be a list of conditions', 'not a list')
      condition.forEach((member, index) => checkWhere(fields, member, `${place}[${index}]`, depth + 1))
    } else {
      checkField(fields, key, place)
      checkCondition(condition, place)
    }
  }
}

const checkCondition = (condition: unknown, path: string): void => {
  if (!isOperators(condition)) return checkValue(condition, path)
  const operators = Object.entries(condition)
  if (operators.length === 0) {
    invalid(path, 'has no operator; compare with an object by { eq: ... }', 'no operator')
  }
  for (const [operator, operand] of operators) checkOperator(operator, operand, `${path}.${operator}`)
}

const checkOperator = (operator: string, operand: unknown, path: string): void => {
  switch (operator) {
    case 'eq':
    case 'contains':
      return checkValue(operand, path)
    case 'in':
      if (!Array.isArray(operand)) return invalid(path, 'must be a list of values', 'not a list')
      return operand.forEach((member, index) => checkValue(member, `${path}[${index}]`))
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      checkValue(operand, path)
      if (!isOrdered(operand)) invalid(path, 'must be a number, a bigint, a text or a date', 'not ordered')
      return
    case 'startsWith':
      checkValue(operand, path)
      if (typeof operand !== 'string') invalid(path, 'must be a text', 'not a text')
      return
    default:
      invalid(
        path,
        'is no operator; there are eq, in, gt, gte, lt, lte, startsWith and contains',
        'unknown operator',
      )
  }
}

const isOrdered = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string' || value instanceof Date

const checkValue = (value: unknown, path: string): void => {
  if (value === undefined) return invalid(path, 'is undefined; leave it out, or use null', 'undefined')
  try {
    assertPortable(value, path)
  } catch (error) {
    if (!isSyncError(error)) throw error
    throw new SyncError(
      'INVALID',
      `The query's ${error.message}`,
      { path, reason: 'not portable' },
      { cause: error },
    )
  }
}
