import type { CommitBatch } from '@holdfast/core/storage'
import { readStored, type LocalOperation } from '../checks/local-entries.ts'
import type { DeviceMirror } from '../checks/mirror.ts'
import type { CounterName, Counters } from '../counters.ts'

const names: Readonly<Record<string, CounterName>> = {
  update: 'folded into an update',
  create: 'folded into a creation',
  put: 'folded into a put',
}

/** Counts what becomes of operations that were never sent, before the device's mirror has it. */
export const countFolds = (counters: Counters, { scopes }: DeviceMirror, { writes }: CommitBatch): void => {
  const operationsAt = (place: string): readonly LocalOperation[] =>
    writes.flatMap(({ key, value }) =>
      value !== undefined && key.startsWith(place) ? [readStored(value) as LocalOperation] : [],
    )
  const ended = writes.flatMap(({ key, value }): readonly LocalOperation[] => {
    const [place, scope = ''] = key.split('/', 2)
    if (place !== 'done' || value === undefined) return []
    const operation = readStored(value) as LocalOperation
    const before = scopes.get(scope)?.operations.get(operation.localSeq)
    return before?.status === 'PENDING' ? [operation] : []
  })
  const survivors = new Set(
    ended.flatMap(({ status, fate }) => (status === 'SUPERSEDED' ? [fate.by ?? ''] : [])),
  )
  for (const { id, type } of operationsAt('op/'))
    if (survivors.has(id)) counters.add(names[type] ?? 'folded into a named operation')
  const gone = ended.filter(({ status, transaction }) => status === 'CANCELLED' && transaction === undefined)
  const isLast = ({ type, recordId }: LocalOperation): boolean =>
    type === 'delete' && gone.some((one) => one.type === 'create' && one.recordId === recordId)
  counters.add('folded into nothing', gone.filter(isLast).length)
}
