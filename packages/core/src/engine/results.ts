import { SyncError } from '../base/errors.ts'
import type { Result, Verdict } from '../protocol/verdict.ts'

export const isApplied = (result: Result): boolean =>
  result.kind === 'applied' || (result.kind === 'duplicate' && result.verdict.kind === 'applied')

export const waitingIds = (results: readonly Result[]): ReadonlySet<string> =>
  new Set(results.filter(({ kind }) => kind === 'retry').map(({ id }) => id))

export const waitingError = (results: readonly Result[]): SyncError => {
  const first = results.find((result) => result.kind === 'retry')
  const message = first?.kind === 'retry' ? first.message : 'The server made no decision.'
  return new SyncError('SERVER_FAILED', `The server could not decide yet: ${message}`, {})
}

export const isOutOfOrder = (result: Result): boolean =>
  result.kind === 'retry' && result.code === 'OUT_OF_ORDER'

/** What only came too early is not held back: it comes with the next batch. */
export const undecidedOf = (results: readonly Result[]): ReadonlySet<string> =>
  new Set(
    results.flatMap((result) =>
      result.kind === 'retry' && result.code !== 'OUT_OF_ORDER' ? [result.id] : [],
    ),
  )

export const verdictsOf = (results: readonly Result[]): Map<string, Verdict> => {
  const verdicts = new Map<string, Verdict>()
  for (const result of results) {
    if (result.kind === 'retry') continue
    if (result.kind === 'duplicate') verdicts.set(result.id, result.verdict)
    else {
      const { id, ...verdict } = result
      verdicts.set(id, verdict)
    }
  }
  return verdicts
}

export const hasRebase = (results: readonly Result[]): boolean =>
  [...verdictsOf(results).values()].some(({ kind }) => kind === 'rebase')
