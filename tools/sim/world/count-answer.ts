import type {
  PreflightOutput,
  ProcedureName,
  PullOutput,
  PushOutput,
  Result,
  StoredVerdict,
  Verdict,
} from '@holdfast/core/protocol'
import type { ReadAnswer } from '@holdfast/core/testing'
import type { CounterName, Counters } from '../counters.ts'

const isOutput = (value: unknown): value is PreflightOutput | PushOutput | PullOutput =>
  typeof value === 'object' && value !== null && 'kind' in value

const countVerdict = (counters: Counters, verdict: Verdict | StoredVerdict): void => {
  switch (verdict.kind) {
    case 'applied':
      return counters.add('verdict applied')
    case 'merged':
      counters.add('verdict merged')
      if (verdict.lost.length > 0) counters.add('verdict merged with lost')
      return
    case 'conflict':
      if (verdict.fields.includes('$deleted')) counters.add('verdict conflict about deletion')
      return
    case 'rejected':
      return counters.add(`verdict rejected ${verdict.code}` as CounterName)
    case 'aborted':
      return counters.add(
        verdict.reason === 'conflict' ? 'verdict aborted by a conflict' : 'verdict aborted by a rejection',
      )
    case 'cancelled':
      return counters.add('verdict cancelled')
    case 'expired':
      return counters.add('verdict expired')
    case 'rebase':
      return counters.add('verdict rebase')
  }
}

const countResult = (counters: Counters, result: Result): boolean => {
  switch (result.kind) {
    case 'duplicate':
      counters.add('result duplicate')
      countVerdict(counters, result.verdict)
      return true
    case 'retry':
      counters.add('result retry')
      return false
    default:
      countVerdict(counters, result)
      return true
  }
}

const countReset = (counters: Counters, reason: unknown): void => {
  if (reason === 'tombstones_pruned' || reason === 'offline_too_long') counters.add(`reset after ${reason}`)
}

/** Counts what an answer says. True where it brought something new. */
export const countAnswer = (
  counters: Counters,
  procedure: ProcedureName,
  { status, value }: ReadAnswer,
): boolean => {
  if (status !== 200 || !isOutput(value)) return false
  const output = value
  if (output.kind === 'refused') {
    if (output.code === 'CLIENT_FORKED') counters.add('instance overtaken')
    if (output.code === 'RESET_REQUIRED') countReset(counters, output.details['reason'])
    return false
  }
  if ('conflictRisk' in output) {
    if (output.entities.some(({ reason }) => reason === 'server_older')) counters.add('not foreseen')
    return true
  }
  if (procedure === 'resume' || procedure === 'snapshot') return true
  if ('results' in output) {
    if (output.page.hasMore) counters.add('push page incomplete')
    const decided = output.results.map((result) => countResult(counters, result))
    return decided.includes(true) || output.page.changes.length > 0
  }
  if (output.hasMore) counters.add('several pages')
  return output.changes.length > 0
}
