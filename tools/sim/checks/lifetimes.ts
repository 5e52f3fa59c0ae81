import { lifetimeIn } from '../model/lifetimes.ts'
import type { Decision } from './journal-state.ts'
import type { LocalOperation } from './local-entries.ts'
import type { Mirror } from './mirror.ts'
import type { Before } from './together.ts'
import { must } from './violation.ts'

/** Milliseconds since an operation was made, in truth. */
export type AgeOf = (operation: Pick<LocalOperation, 'life'>) => number

/** What a commit lets expire was never sent, and is as old as it may get; or it builds on such a creation. @throws Violation */
export const checkExpiring = (mirror: Mirror, before: Before, ageOf: AgeOf): void => {
  for (const [localSeq, old] of before) {
    const now = mirror.operations.get(localSeq)
    if (now?.status !== 'EXPIRED' || old?.status === 'EXPIRED' || now.clientSeq !== undefined) continue
    if (now.fate.cause === undefined) checkAge(now, ageOf(now))
    else checkCause(mirror, now)
  }
}

const checkAge = (operation: LocalOperation, age: number): void => {
  const lifetime = lifetimeIn(operation)
  must(
    lifetime === 'drop' || age >= lifetime,
    'conserved',
    () => `${operation.id} expired after ${age} ms, and lives for ${lifetime}`,
  )
}

const checkCause = (mirror: Mirror, operation: LocalOperation): void => {
  const { id, fate } = operation
  const cause = mirror.operations.get(mirror.ids.get(fate.cause ?? '')?.localSeq ?? 0)
  const isOver = cause?.status === 'EXPIRED' && cause.type === 'create' && cause.clientSeq === undefined
  must(isOver, 'conserved', () => `${id} expired with ${fate.cause}, which is ${cause?.status}`)
  must(lifetimeIn(operation) !== Infinity, 'conserved', () => `${id} lives for ever, and expired`)
}

/**
 * Nothing is both expired and applied, but what one copy of a device sent in time and another one, which can't know that, kept
 * for too long.
 * @throws Violation
 */
export const checkExpiredAtRest = (
  { done }: Mirror,
  decision: (operationId: string) => Decision | undefined,
  isDoubtful: boolean,
): void => {
  for (const { id, status, clientSeq } of done.values()) {
    if (isDoubtful && clientSeq === undefined) continue
    const kind = status === 'EXPIRED' ? decision(id)?.verdict.kind : undefined
    must(
      kind === undefined || kind === 'expired',
      'exactly once',
      () => `${id} expired on its device, and for the server it is ${kind}`,
    )
  }
}
