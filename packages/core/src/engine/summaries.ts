import type { SyncActivity, VerdictSummary } from '../model/events.ts'
import type { Result, Verdict } from '../protocol/verdict.ts'

type Counts = Extract<SyncActivity, { readonly type: 'pushed' }>['results']

/** How many results there are of each kind. */
export const countKinds = (results: readonly Result[]): Counts => {
  const counts: Partial<Record<Result['kind'], number>> = {}
  for (const { kind } of results) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** Verdicts without what they carry. */
export const summarize = (verdicts: Iterable<readonly [string, Verdict]>): readonly VerdictSummary[] =>
  [...verdicts].map(([operationId, verdict]) => ({
    operationId,
    kind: verdict.kind,
    ...(verdict.kind === 'rejected' ? { code: verdict.code } : {}),
  }))
