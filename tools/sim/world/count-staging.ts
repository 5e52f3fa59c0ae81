import type { CommitBatch } from '@holdfast/core/storage'
import type { Mirror } from '../checks/mirror.ts'
import type { Counters } from '../counters.ts'

/** Counts what a commit that a mirror has just taken in did to a generation. */
export const countStaging = (counters: Counters, { writes }: CommitBatch, { log, staging }: Mirror): void => {
  const has = (place: string, isPut: boolean): boolean =>
    writes.some(({ key, value }) => key.startsWith(place) && (value !== undefined) === isPut)
  const staged = has('staging/', true)
  const movesLog = has('log/', true)
  if (staged && has('stage/', true)) {
    if (staging?.kind === 'snapshot') counters.add('staged snapshot')
    if (staging?.kind === 'pull') counters.add('staged pull')
  }
  if (staged && movesLog) {
    counters.add('flip')
    if (has('done/', true)) counters.add('flip that decided')
  } else if (staged && !has('stage/', true) && staging?.kind === 'idle') counters.add('generation dropped')
  if (log?.folding === undefined || staged || !has('stage/', false)) return
  if (!movesLog) counters.add('fold')
  else counters.add(has('cursor/', true) ? 'swap while folding' : 'write while folding')
}
