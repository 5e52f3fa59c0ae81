import { SyncError, systemEnvironment, type Environment } from '@holdfast/core'
import { withWholeClock } from '@holdfast/core/protocol'
import type { Pruned, ServerStore } from '../store/contract.ts'

export interface PruneOptions {
  /**
   * The longest absence, in milliseconds: a device that was in contact since then finds all that it needs; one that was
   * away longer fetches its scopes anew, and what it had sent and not heard of may end as OUTCOME_UNKNOWN. Default: 90 days.
   */
  readonly olderThan?: number | undefined
  /** How much of each kind one transaction removes, at most; it holds its scope's lock. Default 500. */
  readonly batch?: number | undefined
  readonly environment?: Environment | undefined
}

/** What was removed, in all scopes. */
export interface PruneReport extends Omit<Pruned, 'isLast'> {
  readonly scopes: number
}

/** Milliseconds: 90 days. */
const defaultAbsence = 7_776_000_000

/** Scopes that are asked for at once. */
const page = 200

/**
 * Forgets what only a device needs that was away longer than `olderThan`: tombstones, verdicts, nonces. For a job that the
 * app schedules, once a day say; several at a time are harmless, and one that ends early goes on the next time.
 * @throws SyncError MISCONFIGURED
 */
export const pruneSync = async <TDatabase>(
  store: ServerStore<TDatabase>,
  { olderThan = defaultAbsence, batch = 500, environment = systemEnvironment }: PruneOptions = {},
): Promise<PruneReport> => {
  demand(olderThan, 'olderThan')
  demand(batch, 'batch')
  const before = withWholeClock(environment).clock.now() - olderThan
  let report: PruneReport = { scopes: 0, tombstones: 0, verdicts: 0, nonces: 0 }
  for (let after: string | undefined; ;) {
    const names = await store.scopes(after, page)
    for (const name of names) report = await pruneScope(store, name, { before, limit: batch }, report)
    after = names.at(-1)
    if (names.length < page) return report
  }
}

const pruneScope = async <TDatabase>(
  store: ServerStore<TDatabase>,
  scope: string,
  request: { readonly before: number; readonly limit: number },
  report: PruneReport,
): Promise<PruneReport> => {
  let { tombstones, verdicts, nonces } = report
  for (let isLast = false; !isLast;) {
    const part = await store.write(scope, (tx) => tx.prune(request))
    tombstones += part.tombstones
    verdicts += part.verdicts
    nonces += part.nonces
    isLast = part.isLast
  }
  return { scopes: report.scopes + 1, tombstones, verdicts, nonces }
}

const demand = (value: number, option: string): void => {
  if (Number.isSafeInteger(value) && value > 0) return
  throw new SyncError('MISCONFIGURED', `${option} must be a positive integer.`, { option })
}
