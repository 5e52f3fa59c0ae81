import type { Portable } from '../../base/portable.ts'
import { isOperators } from './operators.ts'
import type { AnyWhere } from './query.ts'

/** One operator on one path. */
export interface Term {
  readonly path: string
  readonly operator: string
  readonly operand: Portable
}

/** What must hold of every match. */
export interface Conjunction {
  readonly terms: readonly Term[]
  /** The terms are all there is: no alternatives besides them. */
  readonly isComplete: boolean
}

/** Expects conditions that `checkQuery` has passed. */
export const conjunctionOf = (where: AnyWhere): Conjunction => {
  const parts = Object.entries(where).map(([key, condition]): Conjunction => {
    if (key === 'or') return { terms: [], isComplete: false }
    if (key === 'and') return join((condition as readonly AnyWhere[]).map(conjunctionOf))
    return { terms: termsOf(key, condition), isComplete: true }
  })
  return join(parts)
}

const join = (parts: readonly Conjunction[]): Conjunction => ({
  terms: parts.flatMap(({ terms }) => terms),
  isComplete: parts.every(({ isComplete }) => isComplete),
})

const termsOf = (path: string, condition: unknown): readonly Term[] =>
  isOperators(condition)
    ? Object.entries(condition).map(([operator, operand]) => ({
        path,
        operator,
        operand: operand as Portable,
      }))
    : [{ path, operator: 'eq', operand: condition as Portable }]

/** The values that a field must be one of, by this term; undefined where it says nothing of the kind. */
export const choicesOf = ({ operator, operand }: Term): readonly Portable[] | undefined => {
  if (operator === 'eq') return [operand]
  return operator === 'in' ? (operand as readonly Portable[]) : undefined
}
