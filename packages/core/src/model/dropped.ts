import { portableEquals } from '../base/portable.ts'
import type { Dropped, Settled } from './decision.ts'
import { deletedField, type RecordData, type ServerRow } from './record.ts'
import type { DeletePolicy } from './schema.ts'
import { visibleRecord } from './typed-fields.ts'

interface Sides {
  /** The record as the operation wanted it. */
  readonly wanted: RecordData
  /** As the server had it. */
  readonly server: Pick<ServerRow, 'data' | 'fieldVersions'>
  readonly after: RecordData
  /** True where somebody else changed the field, and the operation's author had not seen it. */
  readonly isUnseen: (field: string) => boolean
}

/** Of the disputed fields those of which a value does not stand; undefined where both sides have what they wanted. */
export const settledFields = (
  strategy: string,
  fields: readonly string[],
  { wanted, server, after, isUnseen }: Sides,
): Settled | undefined => {
  const dropped = fields.flatMap((field): readonly Dropped[] => {
    const [local, remote] = [wanted[field], server.data[field]]
    const isLocal = portableEquals(after[field], local)
    const isRemote = portableEquals(after[field], remote)
    if (isLocal && isRemote) return []
    // Where records are disputed as a whole, fields are among these that nobody else changed.
    if (isLocal && !isUnseen(field)) return []
    const kept = isLocal ? 'local' : isRemote ? 'remote' : 'merged'
    return [{ field, local, remote, remoteBy: server.fieldVersions[field]?.userId, kept }]
  })
  return dropped.length === 0 ? undefined : { strategy, dropped }
}

/**
 * One side edited a record that the other one deleted.
 * @param local the record as the operation wanted it; undefined: deleted
 * @param remote as the server had it, and who left it so
 */
export const settledDeletion = (
  policy: DeletePolicy,
  kept: 'local' | 'remote',
  local: RecordData | undefined,
  remote: { readonly data: RecordData | undefined; readonly by: string | undefined },
): Settled => {
  const whole = (record: RecordData | undefined) => (record === undefined ? null : visibleRecord(record))
  const values = { local: whole(local), remote: whole(remote.data), remoteBy: remote.by }
  return { strategy: `deletes: ${policy}`, dropped: [{ field: deletedField, ...values, kept }] }
}

/** Both in one, where an edit that revives a record was settled as well. */
export const joinSettled = (first: Settled | undefined, second: Settled | undefined): Settled | undefined => {
  if (first === undefined || second === undefined) return first ?? second
  return {
    strategy: `${first.strategy}, ${second.strategy}`,
    dropped: [...first.dropped, ...second.dropped],
  }
}
