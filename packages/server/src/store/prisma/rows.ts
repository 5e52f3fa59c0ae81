import {
  decodePortable,
  encodePortable,
  type FieldVersion,
  type RecordData,
  type RowVersions,
  type ServerRow,
  type StoredVerdict,
} from '@holdfast/core/protocol'
import type { OperationRow, Slot } from '../contract.ts'

/** Integers come as number or bigint, as the driver likes. */
export type DbInteger = number | bigint

export interface DbState {
  readonly head: DbInteger
  readonly nonce: string
  readonly pruned_to: DbInteger
  readonly pruned_before: DbInteger
}

export interface DbRecord {
  readonly collection: string
  readonly record_id: string
  readonly version: DbInteger
  readonly seq: DbInteger
  readonly born_seq: DbInteger
  readonly deleted: boolean | DbInteger
  readonly data: string
  readonly field_versions: string
  readonly updated_at: DbInteger
  readonly updated_by: string
}

export type DbVersions = Pick<DbRecord, 'collection' | 'record_id' | 'version' | 'deleted' | 'field_versions'>

export interface DbOperation {
  readonly operation_id: string
  readonly client_id: string
  readonly client_seq: DbInteger
  readonly user_id: string
  readonly payload_hash: string
  readonly collection: string
  readonly record_id: string
  readonly type: string
  readonly verdict: string
  readonly decided_at: DbInteger
}

export interface DbSlot {
  readonly client_seq: DbInteger
  readonly operation_id: string
}

/** Stands among the fields' versions for the schema version of the data; user fields can't start with `$`. */
const schemaMark = '$schema'

const readVersions = (text: string): Pick<ServerRow, 'fieldVersions' | 'schemaVersion'> => {
  const { [schemaMark]: schemaVersion, ...fieldVersions } = JSON.parse(text) as Record<
    string,
    FieldVersion
  > & {
    readonly [schemaMark]?: string
  }
  return schemaVersion === undefined ? { fieldVersions } : { fieldVersions, schemaVersion }
}

const writeVersions = ({ fieldVersions, schemaVersion }: ServerRow): string =>
  JSON.stringify(
    schemaVersion === undefined ? fieldVersions : { ...fieldVersions, [schemaMark]: schemaVersion },
  )

export const toRowVersions = (row: DbVersions): RowVersions => ({
  collection: row.collection,
  id: row.record_id,
  version: Number(row.version),
  deleted: Boolean(row.deleted),
  ...readVersions(row.field_versions),
})

export const toServerRow = (row: DbRecord): ServerRow => ({
  ...toRowVersions(row),
  seq: Number(row.seq),
  bornSeq: Number(row.born_seq),
  data: decodePortable(row.data) as RecordData,
  updatedAt: Number(row.updated_at),
  updatedBy: row.updated_by,
})

export const fromServerRow = (scope: string, row: ServerRow): readonly (string | number | boolean)[] => [
  scope,
  row.collection,
  row.id,
  row.version,
  row.seq,
  row.bornSeq,
  row.deleted,
  encodePortable(row.data),
  writeVersions(row),
  row.updatedAt,
  row.updatedBy,
]

export const toOperationRow = (row: DbOperation): OperationRow => ({
  operationId: row.operation_id,
  clientId: row.client_id,
  clientSeq: Number(row.client_seq),
  userId: row.user_id,
  payloadHash: row.payload_hash,
  collection: row.collection,
  recordId: row.record_id,
  type: row.type,
  verdict: JSON.parse(row.verdict) as StoredVerdict,
  decidedAt: Number(row.decided_at),
})

export const fromOperationRow = (scope: string, row: OperationRow): readonly (string | number)[] => [
  scope,
  row.operationId,
  row.clientId,
  row.clientSeq,
  row.userId,
  row.payloadHash,
  row.collection,
  row.recordId,
  row.type,
  JSON.stringify(row.verdict),
  row.decidedAt,
]

export const toSlot = (row: DbSlot): Slot => ({
  clientSeq: Number(row.client_seq),
  operationId: row.operation_id,
})
