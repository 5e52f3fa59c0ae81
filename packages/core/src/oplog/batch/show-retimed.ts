import { ownMember } from '../../base/objects.ts'
import type { Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { rebase } from '../rebase.ts'

/**
 * Shows records anew of which an operation got another time: in a field with a type of its own that may decide which
 * of two writes stands. The operations must have been put.
 */
export const showRetimed = async (
  workspace: Workspace,
  schema: Schema,
  scope: string,
  operations: readonly Operation[],
): Promise<void> => {
  const touched = operations.filter(({ collection }) => {
    const { fieldTypes = {} } = ownMember(schema.collections, collection) ?? {}
    return Object.keys(fieldTypes).length > 0
  })
  if (touched.length > 0) await rebase(workspace, schema, { scope, changes: [], touched })
}
