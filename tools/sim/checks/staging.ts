import type { CommitBatch } from '@holdfast/core/storage'
import { recordOf, type Mirror } from './mirror.ts'
import { must } from './violation.ts'

/** The most rows that one commit may put aside, fold or drop, whatever the scope holds. */
const mostRows = 520

/**
 * The life of a generation: staged where nobody looks, flipped at once, folded without anybody noticing; one at a time.
 * @throws Violation
 */
export const checkStaging = (
  { log, staging, staged, cursor }: Mirror,
  { writes }: CommitBatch,
  before: Pick<Mirror, 'log' | 'staging'>,
): void => {
  const put = writes.filter(({ key, value }) => key.startsWith('stage/') && value !== undefined)
  const kind = staging?.kind ?? 'idle'
  const [foldingBefore, folding] = [before.log?.folding, log?.folding]
  const rows = writes.filter(({ key }) => key.startsWith('stage/')).length
  must(rows <= mostRows, 'bounded', () => `${rows} staged rows in one commit`)
  must(
    folding === undefined || kind === 'idle',
    'causal',
    () => `a generation is folded while one is ${kind}`,
  )
  // Rows that wait to be folded are brought up to a new version of the app where they are.
  const isMigrating = writes.some(({ key }) => key === 'migration')
  must(
    isMigrating || put.length === 0 || (kind !== 'idle' && folding === undefined),
    'causal',
    () => `${put.length} rows are staged in a generation that is ${kind}`,
  )
  if (folding !== foldingBefore && folding !== undefined) {
    const isComplete =
      foldingBefore === undefined && before.staging?.kind === 'pull' && before.staging.generation === folding
    must(isComplete, 'causal', () => `${JSON.stringify(before.staging)} was flipped as ${folding}`)
    must(
      before.staging?.cursor === cursor?.cursor,
      'causal',
      () => `the generation leads to ${before.staging?.cursor}, the cursor is ${cursor?.cursor}`,
    )
  }
  if (folding === undefined && kind === 'idle') {
    must(staged.size === 0, 'atomic', () => `${staged.size} staged rows belong to no generation`)
  }
  if (folding === undefined || !writes.some(({ key }) => key.startsWith('log/'))) return
  for (const { key } of writes) {
    const record = key.startsWith('rec/') ? recordOf(key) : undefined
    must(
      record === undefined || !staged.has(record),
      'causal',
      () => `${record} was changed, and its staged row still counts`,
    )
  }
}
