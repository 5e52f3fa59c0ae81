import {
  deletedField,
  encodePortable,
  lastStranger,
  type ConflictVerdict,
  type ServerRow,
  type StoredVerdict,
  type Verdict,
} from '@holdfast/core/protocol'
import type { Disclose } from './visible.ts'

/** What is kept of a verdict: codes, versions, field names. */
export const toStored = (verdict: Verdict): StoredVerdict => {
  if (verdict.kind === 'rebase') return { kind: 'rebase' }
  return verdict.kind === 'conflict' ? { kind: 'conflict', fields: verdict.fields } : verdict
}

/** Stands for a payload that the asker did not send along; it has its own. */
const unknownPayload = encodePortable(null)

export interface Asker {
  readonly clientId: string
  /** The operation's payload, where the asker sent it along. */
  readonly payload?: string | undefined
  readonly disclose: Disclose
}

/**
 * A stored verdict with the data of today.
 * @param row the record as it is now, read in the same transaction
 */
export const fromStored = (verdict: StoredVerdict, row: ServerRow | undefined, asker: Asker): Verdict => {
  if (verdict.kind === 'rebase') return rebaseOn(row, asker.disclose)
  if (verdict.kind !== 'conflict') return verdict
  const { fields } = verdict
  const { payload: clientData = unknownPayload } = asker
  if (row === undefined) {
    const nobody = { serverVersion: 0, updatedBy: '', updatedAt: 0 }
    return { kind: 'conflict', fields, serverData: null, serverDeleted: true, ...nobody, clientData }
  }
  return withVisibleData(
    {
      kind: 'conflict',
      fields,
      serverData: null,
      serverDeleted: row.deleted,
      serverVersion: row.version,
      ...opponent(row, fields, asker.clientId),
      clientData,
    },
    row,
    asker.disclose,
  )
}

/** The record of today: on that its author makes the operation again. */
export const rebaseOn = (row: ServerRow | undefined, disclose: Disclose): Verdict => ({
  kind: 'rebase',
  serverVersion: row?.version ?? 0,
  record: row === undefined ? null : disclose(row),
})

/** A conflict as the reader may see it. */
export const withVisibleData = (
  conflict: ConflictVerdict,
  row: ServerRow,
  disclose: Disclose,
): ConflictVerdict => ({
  ...conflict,
  serverData: disclose(row),
})

/** Who else changed the disputed fields last, and when. */
const opponent = (
  row: ServerRow,
  fields: readonly string[],
  clientId: string,
): { readonly updatedBy: string; readonly updatedAt: number } => {
  const disputed = fields.includes(deletedField) ? Object.keys(row.fieldVersions) : fields
  const { userId: updatedBy = row.updatedBy, timestamp: updatedAt = row.updatedAt } =
    lastStranger(row, disputed, clientId) ?? {}
  return { updatedBy, updatedAt }
}
