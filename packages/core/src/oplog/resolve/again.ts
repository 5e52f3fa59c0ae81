import type { Operation } from '../../model/operation.ts'
import type { BaseRow } from '../../model/record.ts'
import type { OperationDraft } from '../enqueue.ts'

/** The same once more. What its author saw stays what it was: newer changes of others are still to be noticed. */
export const again = (operation: Operation, base: BaseRow | undefined): OperationDraft => {
  const { scope, collection, recordId, type, payload, fields, baseVersion, marks, life } = operation
  const timestamp = writtenAt([operation])
  return { scope, collection, recordId, type, payload, fields, baseVersion, marks, life, base, timestamp }
}

/** What somebody else wrote since is later than what is made again; undefined: by a clock that nobody has corrected. */
export const writtenAt = (operations: readonly Operation[]): number | undefined =>
  operations.some(({ uncorrected }) => uncorrected)
    ? undefined
    : Math.max(...operations.map(({ timestamp }) => timestamp))
