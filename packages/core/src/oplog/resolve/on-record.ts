import type { Operation } from '../../model/operation.ts'
import type { ReplayedChange } from '../../model/replay.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { operationPrefix, type RecordAddress } from '../keys.ts'
import { operationsOf } from '../stored.ts'

/** All operations that lie on the record, oldest first. */
export const readOnRecord = async (
  workspace: Workspace,
  address: RecordAddress,
): Promise<readonly Operation[]> => {
  const [entries] = await workspace.read([{ scan: operationPrefix(address) }])
  return operationsOf(entries)
}

/** What this device wrote later, and what stands or will be judged by itself, is not brought back to an older value. */
export const withoutNewer = (
  change: ReplayedChange,
  operation: Operation,
  onRecord: readonly Operation[],
): ReplayedChange => {
  const newer = onRecord.filter(
    ({ status, localSeq }) => status !== 'CONFLICT' && localSeq > operation.localSeq,
  )
  return { ...change, without: [...(change.without ?? []), ...newer.flatMap(standing)] }
}

/** What of it takes effect, as far as this device knows. */
const standing = ({ fields, fate }: Operation): readonly string[] => {
  if (fate.kind === 'rejected') return []
  return fate.kind === 'applied' ? fields.filter((field) => !fate.lost.includes(field)) : fields
}
