import { SyncError, systemEnvironment, type Environment } from '@holdfast/core'
import type { ProcedureName } from '@holdfast/core/protocol'
import type { RateLimiter } from './rate-limiter.ts'

export interface Rate {
  /** Requests in the long run. */
  readonly perSecond: number
  /** Requests at once, after a pause. */
  readonly burst: number
}

export type Rates = Readonly<Record<ProcedureName, Rate>>

/**
 * What the devices of one user need over hours, and bursts for what they do at once: what takes longer goes on when the time
 * has come. A first sync of 100,000 records is 200 pages; a queue of 10,000 operations is 50 pushes, or some more where batches
 * had to get smaller, and 20 preflights; a start with 64 scopes is 64 pulls.
 */
export const defaultRates: Rates = {
  push: { perSecond: 5, burst: 200 },
  pull: { perSecond: 5, burst: 100 },
  snapshot: { perSecond: 1, burst: 200 },
  preflight: { perSecond: 1, burst: 20 },
  resume: { perSecond: 2, burst: 20 },
}

interface Bucket {
  readonly left: number
  readonly at: number
}

/** Nobody fills the memory with users: who was not here for longest is forgotten, and starts anew. */
const mostBuckets = 100_000

const checkRates = (rates: Rates): void => {
  for (const [name, { perSecond, burst }] of Object.entries(rates)) {
    if (perSecond > 0 && Number.isFinite(perSecond) && burst >= 1 && Number.isFinite(burst)) continue
    const option = `rates.${name}`
    throw new SyncError('MISCONFIGURED', `${option} needs a perSecond above 0, and a burst of 1 or more.`, {
      option,
    })
  }
}

/**
 * Each user may ask for each procedure so often, in this process: of three processes behind a balancer, three times.
 * @throws SyncError MISCONFIGURED
 */
export const inProcessRates = (
  given: Partial<Rates> = {},
  { clock }: Pick<Environment, 'clock'> = systemEnvironment,
): RateLimiter => {
  const rates = { ...defaultRates, ...given }
  checkRates(rates)
  const buckets = new Map<string, Bucket>()

  const forgetOne = (): void => {
    const [oldest] = buckets.keys()
    if (oldest !== undefined) buckets.delete(oldest)
  }

  return {
    take(user, procedure) {
      const { perSecond, burst } = rates[procedure]
      const key = `${procedure} ${user}`
      const now = clock.monotonic()
      const { left, at } = buckets.get(key) ?? { left: burst, at: now }
      const allowed = Math.min(burst, left + ((now - at) / 1_000) * perSecond)
      const isAllowed = allowed >= 1
      // The newest is the last.
      buckets.delete(key)
      buckets.set(key, { left: isAllowed ? allowed - 1 : allowed, at: now })
      if (buckets.size > mostBuckets) forgetOne()
      return isAllowed ? 0 : ((1 - allowed) / perSecond) * 1_000
    },
  }
}
