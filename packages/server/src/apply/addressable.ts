import type { SyncError } from '@holdfast/core'
import type { ServerRow, Verdict } from '@holdfast/core/protocol'
import { rebaseOn, withVisibleData } from '../outgoing/verdict.ts'
import type { Disclose } from '../outgoing/visible.ts'
import { recordKey } from '../store/record-key.ts'
import type { Malformed, Sent } from './read-operation.ts'

/** What can be named, and decided. */
export type Addressable = Sent | Malformed

export const namesOf = (
  read: Addressable,
): { readonly collection: string; readonly recordId: string; readonly type: string } =>
  read.kind === 'sent' ? read.operation : read

export const keyOf = ({
  collection,
  recordId,
}: {
  readonly collection: string
  readonly recordId: string
}): string => recordKey({ collection, id: recordId })

export const verdictOf = (error: SyncError): Verdict => ({
  kind: 'rejected',
  code: error.code,
  message: error.message,
})

interface Finishing {
  readonly row: ServerRow | undefined
  readonly failedCreate: string | undefined
  readonly disclose: Disclose
}

/** Data from the one place it may come from, and the create on whose failure this refusal rests. */
export const finished = (verdict: Verdict, { row, failedCreate, disclose }: Finishing): Verdict => {
  if (verdict.kind === 'rebase') return rebaseOn(row, disclose)
  if (verdict.kind === 'conflict')
    return row === undefined ? verdict : withVisibleData(verdict, row, disclose)
  if (verdict.kind !== 'rejected' || verdict.cause !== undefined) return verdict
  const dependent = verdict.code === 'DEPENDENCY' && row === undefined
  return dependent && failedCreate !== undefined ? { ...verdict, cause: failedCreate } : verdict
}
