import type { Operation } from '../model/operation.ts'
import { referencesOf } from '../model/references.ts'
import type { Schema } from '../model/schema.ts'
import type { Workspace } from '../storage/workspace.ts'
import type { RecordAddress } from './keys.ts'
import { baseIn } from './staging/base-in.ts'

/** The records that an operation refers to. */
export const referredRecords = (schema: Schema, operation: Operation): readonly RecordAddress[] =>
  referencesOf(schema, operation).map(({ collection, id }) => ({
    scope: operation.scope,
    collection,
    recordId: id,
  }))

/** Those of them that the server does not have, as far as this device knows. Their `baseReads` and the log's head must have been read. */
export const unmadeReferences = (
  workspace: Workspace,
  schema: Schema,
  operation: Operation,
): readonly RecordAddress[] =>
  referredRecords(schema, operation).filter((record) => baseIn(workspace, record) === undefined)
