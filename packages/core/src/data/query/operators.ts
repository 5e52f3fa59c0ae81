import { SyncError } from '../../base/errors.ts'
import { isPlain } from '../../base/objects.ts'
import { portableEquals, type Portable } from '../../base/portable.ts'
import { comparePortable, typeRank } from '../../base/order.ts'

export type Test = (value: Portable) => boolean

/** A plain object stands for operators; every other value stands for itself. */
export const isOperators = isPlain

/** @throws SyncError INVALID for an operator that does not exist */
export const compileCondition = (condition: unknown): Test => {
  if (!isOperators(condition)) return equalTo(condition as Portable)
  const tests = Object.entries(condition).map(([operator, operand]) =>
    compileOperator(operator, operand as Portable),
  )
  const [only] = tests
  return only !== undefined && tests.length === 1 ? only : (value) => tests.every((test) => test(value))
}

const compileOperator = (operator: string, operand: Portable): Test => {
  switch (operator) {
    case 'eq':
      return equalTo(operand)
    case 'in':
      return oneOf(operand as readonly Portable[])
    case 'gt':
      return inRange(operand, (difference) => difference > 0)
    case 'gte':
      return inRange(operand, (difference) => difference >= 0)
    case 'lt':
      return inRange(operand, (difference) => difference < 0)
    case 'lte':
      return inRange(operand, (difference) => difference <= 0)
    case 'startsWith':
      return startsWith(operand as string)
    case 'contains':
      return hasMember(operand)
    default:
      throw new SyncError('INVALID', `The query has an unknown operator "${operator}".`, {
        reason: 'unknown operator',
      })
  }
}

const equalTo =
  (operand: Portable): Test =>
  (value) =>
    portableEquals(value, operand)

const startsWith =
  (beginning: string): Test =>
  (value) =>
    typeof value === 'string' && value.startsWith(beginning)

const hasMember =
  (operand: Portable): Test =>
  (value) =>
    Array.isArray(value) && value.some((member: Portable) => portableEquals(member, operand))

const inRange = (bound: Portable, holds: (difference: number) => boolean): Test => {
  const rank = typeRank(bound)
  return (value) => typeRank(value) === rank && holds(comparePortable(value, bound))
}

const oneOf = (operands: readonly Portable[]): Test => {
  const primitives = new Set<Portable>(
    operands.filter((operand) => typeof operand !== 'object' || operand === null),
  )
  const others = operands.filter((operand) => !primitives.has(operand))
  return (value) => primitives.has(value) || others.some((operand) => portableEquals(value, operand))
}
