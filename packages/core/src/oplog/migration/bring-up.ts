import { decodePortable } from '../../base/codec.ts'
import { ownMember } from '../../base/objects.ts'
import type { Operation } from '../../model/operation.ts'
import type { BaseRow, RecordData } from '../../model/record.ts'
import { renamed, type Renaming } from '../../model/renaming.ts'
import type { Schema } from '../../model/schema.ts'
import { writtenFields } from '../../model/typed-fields.ts'
import { isNewerVersion } from '../../model/version.ts'
import type { HookRunner } from '../../plugin/hook-runner.ts'

/** From where to where, and what leads there. */
export interface BringingUp {
  readonly from: string
  readonly to: string
  readonly hooks: Pick<HookRunner, 'has' | 'waterfall'>
  readonly schema: Schema
}

/** @throws SyncError what a hook throws */
export const bringUpData = async (
  { from, to, hooks }: Pick<BringingUp, 'from' | 'to' | 'hooks'>,
  collection: string,
  record: RecordData,
): Promise<RecordData> =>
  isNewerVersion(to, from)
    ? (await hooks.waterfall('migrateRecord', { collection, from, to, record })).record
    : record

/** A deletion of what this device never had is known by its id alone. */
const isUnknown = ({ deleted, data }: BaseRow): boolean => deleted && Object.keys(data).length <= 1

/** @throws SyncError what a hook throws */
export const bringUpRow = async (
  bringing: BringingUp,
  collection: string,
  { schemaVersion, ...row }: BaseRow,
): Promise<BaseRow> => {
  const { from, to } = bringing
  // It came from a server that was newer than this device.
  if (schemaVersion !== undefined && isNewerVersion(schemaVersion, to)) return { ...row, schemaVersion }
  if (isUnknown({ ...row })) return row
  return {
    ...row,
    data: await bringUpData({ ...bringing, from: schemaVersion ?? from }, collection, row.data),
  }
}

/** What was sent goes out as it was; on this device it is brought up all the same. @throws SyncError what a hook throws */
export const bringUpOperation = async (
  { from, to, hooks, schema }: BringingUp,
  operation: Operation,
  renaming: Renaming,
): Promise<Operation> => {
  if (!isNewerVersion(to, operation.opVersion)) return operation
  const migrated = await hooks.waterfall('migrateOperation', { operation, from, to })
  const { type, payload, opVersion } = migrated.operation
  const frozen = operation.status === 'PENDING' ? undefined : (operation.sentAs ?? contentOf(operation))
  const next: Operation = { ...operation, type, payload, opVersion, ...(frozen && { sentAs: frozen }) }
  return { ...next, fields: fieldsOf(schema, next, renaming) }
}

const contentOf = ({ type, payload, opVersion }: Operation): NonNullable<Operation['sentAs']> => ({
  type,
  payload,
  opVersion,
})

const fieldsOf = (
  schema: Schema,
  { collection, type, payload, fields }: Operation,
  renaming: Renaming,
): readonly string[] => {
  const definition = ownMember(schema.collections, collection)
  return type === 'update' && definition !== undefined
    ? writtenFields(definition.fieldTypes, decodePortable(payload))
    : renamed(fields, renaming)
}
