import type { CommitBatch } from '@holdfast/core/storage'
import { readStored, type LocalOperation } from '../checks/local-entries.ts'
import { localSeqOf, placeOf, type DeviceMirror } from '../checks/mirror.ts'
import type { Counters } from '../counters.ts'

/** Operations of a device that carry a person's answer. */
export type Answers = Set<string>

/** Counts what a commit of a device does, before its mirror has it. */
export const countCommit = (
  { counters, device, answers }: { counters: Counters; device: DeviceMirror; answers: Answers },
  { writes }: CommitBatch,
): void => {
  const { scopes } = device
  for (const { key, value } of writes) {
    if (value === undefined) continue
    const [place, scope] = placeOf(key)
    if (place === 'held') {
      counters.add('operation held back')
      if (!value.includes('clientSeq')) counters.add('held back without being sent')
      const localSeq = Number(key.slice(key.lastIndexOf('/') + 1))
      if (scopes.get(scope)?.operations.get(localSeq)?.transaction !== undefined)
        counters.add('transaction held back')
    }
    if (key === 'meta' && device.clientId !== undefined && !value.includes(`"clientId":"${device.clientId}"`))
      counters.add('client identified anew')
    if (place === 'backup' && !value.includes('"place"')) counters.add('backup made')
    if (place === 'done' && value.includes('OUTCOME_UNKNOWN')) counters.add('outcome unknown')
    const there = scopes.get(scope)
    if (place === 'op' && there?.log?.resetting !== undefined && value.includes('"PENDING"'))
      counters.add('write while resetting')
    if (place === 'log' && there?.log?.resetting !== undefined && !value.includes('"resetting"'))
      counters.add('scope fetched anew')
    if (place === 'op' && value.includes('"SENT"') && !value.includes('"clientSeq"')) {
      const localSeq = localSeqOf(key) ?? 0
      counters.add(there?.done.has(localSeq) === true ? 'put back into the queue' : 'sent without a number')
    }
    if (place === 'done' && isTelling(value)) countFate(counters, readStored(value) as LocalOperation)
    if (place === 'done' && value.includes('"SUPERSEDED"')) {
      const { fate, localSeq } = readStored(value) as LocalOperation
      const waited = there?.operations.get(localSeq)?.status === 'CONFLICT'
      if (waited && fate.by !== undefined) answers.add(fate.by)
    }
    if (place === 'op' && value.includes('"CONFLICT"')) {
      const { id, localSeq } = readStored(value) as LocalOperation
      const isNew = there?.operations.get(localSeq)?.status === 'SENT'
      if (isNew && answers.has(id)) counters.add('answer disputed again')
    }
  }
}

const isTelling = (value: string): boolean => value.includes('"REJECTED"') || value.includes('"cancel"')

const countFate = (
  counters: Counters,
  { status, fate, cancel, clientSeq, type, collection }: LocalOperation,
): void => {
  if (cancel === true && status === 'COMPLETED') counters.add('cancelled too late')
  if (status !== 'REJECTED') return
  if (clientSeq === undefined) counters.add('rejected without being sent')
  if (collection === 'notes' && type === 'create' && fate.code === 'DEPENDENCY')
    counters.add('rejected for its reference')
}
