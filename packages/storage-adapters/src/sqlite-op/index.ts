export {
  opSqliteDriver,
  type OpDatabase,
  type OpSqlite,
  type OpSqliteDriverOptions,
} from './op-sqlite-driver.ts'
export { sqliteStorage, type SqliteStorageOptions } from '../sqlite/portable-storage.ts'
