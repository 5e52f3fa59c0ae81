import type { CommitBatch } from '@holdfast/core/storage'
import { readStored, type LocalOperation } from '../checks/local-entries.ts'
import { localSeqOf, mirrorOf, scopeOf, type DeviceMirror } from '../checks/mirror.ts'
import type { Counters } from '../counters.ts'

/** Counts the operations that a commit brings up to a new version of the app, before the mirror has it. */
export const countUpgrades = (counters: Counters, device: DeviceMirror, { writes }: CommitBatch): void => {
  for (const { key, value } of writes) {
    const localSeq = value === undefined ? undefined : localSeqOf(key)
    const scope = localSeq === undefined ? undefined : scopeOf(device, key, value)
    if (localSeq === undefined || scope === undefined || value === undefined) continue
    const before = mirrorOf(device, scope).operations.get(localSeq)
    const now = readStored(value) as LocalOperation
    if (before === undefined || before.opVersion === now.opVersion) continue
    counters.add(now.sentAs === undefined ? 'operation brought up' : 'sent operation brought up')
  }
}
