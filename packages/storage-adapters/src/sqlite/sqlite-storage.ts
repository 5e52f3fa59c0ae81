import type { StorageAdapter } from '@holdfast/core/storage'
import type { AnyDriver } from './connect.ts'
import { createSqliteStorage, type CommonOptions } from './create-storage.ts'
import { defaultDriver } from './default-driver.ts'
import { nodePlatform } from './node-platform.ts'

export interface SqliteStorageOptions extends CommonOptions {
  /** Default: better-sqlite3 where it is installed, else node:sqlite. Use one of them for one file in one process. */
  readonly driver?: AnyDriver | undefined
}

/** Keeps several databases in one SQLite file, for Node, Electron and the like. */
export const sqliteStorage = ({
  driver = defaultDriver(),
  ...options
}: SqliteStorageOptions): StorageAdapter => createSqliteStorage({ ...options, driver }, nodePlatform)
