import type { Portable } from '@holdfast/core'
import type { RecordData } from '@holdfast/core/protocol'

/** What an operation does, without where and when. */
export interface OperationContent {
  readonly type: string
  /** Of `create` and `update`: fields with their values. Of a named operation: its input. */
  readonly payload: Portable
}

export interface MigratedOperation extends OperationContent {
  readonly recordId: string
}

export type MigrateRecord = (record: RecordData) => RecordData
export type MigrateOperation = (operation: MigratedOperation) => OperationContent

/** From one schema version to the next. All functions are pure: client and server come to the same. */
export interface MigrationStep {
  readonly from: string
  readonly to: string
  /** By collection: the record in the new shape. Left out: it stays as it is. */
  readonly records?: Readonly<Record<string, MigrateRecord>>
  /**
   * By collection: the operation in the new shape. Left out: it stays as it is, but for a `create`, whose payload goes
   * through `records`.
   */
  readonly operations?: Readonly<Record<string, MigrateOperation>>
}
