import type { StorageAdapter } from '@holdfast/core/storage'
import type { AnyDriver } from './connect.ts'
import { createSqliteStorage, type CommonOptions } from './create-storage.ts'
import { portablePlatform } from './platform.ts'

export interface SqliteStorageOptions extends CommonOptions {
  readonly driver: AnyDriver
}

/** Keeps several databases in one SQLite file, where there is no Node: nothing of Node is imported. */
export const sqliteStorage = (options: SqliteStorageOptions): StorageAdapter =>
  createSqliteStorage(options, portablePlatform)
