import { encodePortable, type ServerRow, type StoredVerdict, type Verdict } from '@holdfast/core/protocol'
import { visible } from './visible.ts'

/** What is kept of a verdict: codes, versions, field names. */
export const toStored = (verdict: Verdict): StoredVerdict =>
  verdict.kind === 'conflict' ? { kind: 'conflict', fields: verdict.fields } : verdict

/** Stands for a payload that the asker did not send along; it has its own. */
const unknownPayload = encodePortable(null)

/**
 * A stored verdict with the data of today.
 * @param row the record as it is now, read in the same transaction
 * @param payload the operation's payload, where the asker sent it
 */
export const fromStored = (
  verdict: StoredVerdict,
  row: ServerRow | undefined,
  payload: string = unknownPayload,
): Verdict => {
  if (verdict.kind !== 'conflict') return verdict
  const shown = row === undefined ? undefined : visible(row)
  return {
    kind: 'conflict',
    fields: verdict.fields,
    serverData: shown === undefined ? null : encodePortable(shown.data),
    serverDeleted: shown?.deleted ?? true,
    serverVersion: shown?.version ?? 0,
    updatedBy: shown?.updatedBy ?? '',
    updatedAt: shown?.updatedAt ?? 0,
    clientData: payload,
  }
}
