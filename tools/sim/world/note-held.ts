import type { CommitBatch } from '@holdfast/core/storage'
import { leaseId } from '@holdfast/plugins/single-writer'
import { localSeqOf, mirrorOf, scopeOf, type DeviceMirror } from '../checks/mirror.ts'
import { baseIn } from '../checks/shown.ts'
import { markOf } from '../model/leases.ts'
import { parseData } from '../model/values.ts'

/** Remembers what was written by a device that knew that it held the lease, on what it knew to be the newest version. */
export const noteHeld = (held: Set<string>, device: DeviceMirror, { writes }: CommitBatch): void => {
  for (const { key, value } of writes) {
    const localSeq = value === undefined ? undefined : localSeqOf(key)
    const scope = localSeq === undefined ? undefined : scopeOf(device, key, value)
    if (localSeq === undefined || scope === undefined) continue
    const mirror = mirrorOf(device, scope)
    const operation = mirror.operations.get(localSeq)
    if (operation?.collection !== 'forms' || operation.status !== 'PENDING') continue
    const mark = markOf(operation)
    const lease = baseIn(mirror, `formLeases/${leaseId(scope, operation.recordId)}`)
    const version = baseIn(mirror, `forms/${operation.recordId}`)?.version ?? 0
    const isGranted = lease !== undefined && !lease.deleted && parseData(lease.data)['grant'] === mark?.grant
    if (isGranted && operation.baseVersion === version) held.add(operation.id)
  }
}
