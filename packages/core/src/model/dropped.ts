import { portableEquals } from '../base/portable.ts'
import type { Dropped, Settled } from './decision.ts'
import { deletedField, type RecordData } from './record.ts'
import type { DeletePolicy } from './schema.ts'
import { visibleRecord } from './typed-fields.ts'

interface Sides {
  /** The record as the operation wanted it. */
  readonly wanted: RecordData
  /** As the server had it. */
  readonly server: RecordData
  readonly after: RecordData
}

/** Of the disputed fields those of which a value does not stand; undefined where both sides have what they wanted. */
export const settledFields = (
  strategy: string,
  fields: readonly string[],
  { wanted, server, after }: Sides,
): Settled | undefined => {
  const dropped = fields.flatMap((field): readonly Dropped[] => {
    const [local, remote] = [wanted[field], server[field]]
    const isLocal = portableEquals(after[field], local)
    const isRemote = portableEquals(after[field], remote)
    if (isLocal && isRemote) return []
    return [{ field, local, remote, kept: isLocal ? 'local' : isRemote ? 'remote' : 'merged' }]
  })
  return dropped.length === 0 ? undefined : { strategy, dropped }
}

/**
 * One side edited a record that the other one deleted.
 * @param local the record as the operation wanted it; undefined: deleted
 * @param remote as the server had it
 */
export const settledDeletion = (
  policy: DeletePolicy,
  kept: 'local' | 'remote',
  local: RecordData | undefined,
  remote: RecordData | undefined,
): Settled => {
  const whole = (record: RecordData | undefined) => (record === undefined ? null : visibleRecord(record))
  const side = { field: deletedField, local: whole(local), remote: whole(remote), kept }
  return { strategy: `deletes: ${policy}`, dropped: [side] }
}

/** Both in one, where an edit that revives a record was settled as well. */
export const joinSettled = (first: Settled | undefined, second: Settled | undefined): Settled | undefined => {
  if (first === undefined || second === undefined) return first ?? second
  return {
    strategy: `${first.strategy}, ${second.strategy}`,
    dropped: [...first.dropped, ...second.dropped],
  }
}
