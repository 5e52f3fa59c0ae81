import { decodePortable } from '../../base/codec.ts'
import type { Operation } from '../../model/operation.ts'
import type { RecordData } from '../../model/record.ts'
import { renamed, renamingOf } from '../../model/renaming.ts'
import type { MigrationPart } from '../../plugin/core-part.ts'
import { bringUpOperation } from './bring-up.ts'
import { isIncompatible } from './incompatible.ts'

const dataOf = ({ payload }: Operation): RecordData => decodePortable(payload) as RecordData

/**
 * An operation that no record has any more, whose place the start therefore did not come by. What is older than all steps
 * stays as it was made, and goes out so.
 */
export const bringUpDecided: MigrationPart['bringUp'] = async ({ schema, hooks }, operation) => {
  const bringing = { from: operation.opVersion, to: schema.version, hooks, schema }
  try {
    const raised = await bringUpOperation(bringing, operation, new Map())
    // Only a creation says what became of a field: it has all of them.
    return operation.type === 'create'
      ? { ...raised, fields: renamed(raised.fields, renamingOf(dataOf(operation), dataOf(raised))) }
      : raised
  } catch (error) {
    if (isIncompatible(error)) return operation
    throw error
  }
}
