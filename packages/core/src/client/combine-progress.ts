import type { SyncProgress } from '../model/progress.ts'

type Phase = SyncProgress['phase']

/** The one that is furthest from the end comes first. */
const order: readonly Phase[] = ['snapshot', 'reset', 'pull', 'fold', 'preflight', 'push']

/** Of all scopes that are in the earliest phase; undefined while nothing is under way. */
export const combineProgress = (all: readonly (SyncProgress | undefined)[]): SyncProgress | undefined => {
  const running = all.filter((one) => one !== undefined)
  const phase = order.find((candidate) => running.some((one) => one.phase === candidate))
  if (phase === undefined) return undefined
  const together = running.filter((one) => one.phase === phase)
  return {
    phase,
    done: together.reduce((sum, { done }) => sum + done, 0),
    total: together.reduce<number | undefined>(
      (sum, { total }) => (sum === undefined || total === undefined ? undefined : sum + total),
      0,
    ),
  }
}
