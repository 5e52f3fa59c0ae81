import type { Environment } from '../../base/environment.ts'
import { reasonOf } from '../../base/errors.ts'
import type { Conflict, ConflictStrategy } from '../../model/strategy.ts'
import { canonical } from './canonical.ts'
import { copyOf } from './copies.ts'

export interface StrategyRule {
  /** `CS1`, `CS2`, ... Never given to another rule. */
  readonly id: string
  readonly title: string
  readonly check: (context: StrategyContext) => void | Promise<void>
}

export interface StrategyContext {
  /** The strategy as another machine makes it for itself. */
  readonly make: () => ConflictStrategy
  readonly symmetric: boolean
  /** Nobody else holds them, but they are shared by the rules: a strategy gets copies. */
  readonly conflicts: readonly Conflict[]
  readonly environment: Environment
}

/** Whatever a strategy did when it was asked. Each kind of misbehaviour is one rule's business. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'promised' }
  | { readonly kind: 'threw'; readonly error: unknown }

export const ask = (strategy: ConflictStrategy, conflict: Conflict): Outcome => {
  try {
    const answer: unknown = strategy.resolve(conflict)
    if (!isThenable(answer)) return { kind: 'answered', answer }
    // What it ends with is of no interest, and must not count as unhandled.
    answer.then(
      () => undefined,
      () => undefined,
    )
    return { kind: 'promised' }
  } catch (error) {
    return { kind: 'threw', error }
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

export const askCopy = (strategy: ConflictStrategy, conflict: Conflict): Outcome =>
  ask(strategy, copyOf(conflict))

export const show = (outcome: Outcome): string => {
  switch (outcome.kind) {
    case 'answered':
      return canonical(inOrder(outcome.answer))
    case 'promised':
      return 'a promise'
    case 'threw':
      return `an error (${reasonOf(outcome.error)})`
  }
}

/** Which fields a question names counts, not in which order. */
const inOrder = (answer: unknown): unknown =>
  isRecord(answer) && Array.isArray(answer['fields'])
    ? { ...answer, fields: answer['fields'].map(String).sort() }
    : answer

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Looks at each conflict in turn; the first problem ends it, shown with the conflict. */
export const eachConflict = (
  { conflicts }: StrategyContext,
  problemOf: (conflict: Conflict) => string | undefined,
): void => {
  for (const conflict of conflicts) {
    const problem = problemOf(conflict)
    if (problem !== undefined) throw new Error(`${problem}\nThe conflict: ${canonical(conflict)}`)
  }
}

export const differs = (what: string, left: Outcome, right: Outcome): string | undefined => {
  const [first, second] = [show(left), show(right)]
  return first === second ? undefined : `${what}: first ${first}, then ${second}`
}
