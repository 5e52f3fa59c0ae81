export { betterSqlite3Driver } from './better-sqlite3-driver.ts'
export type {
  AsyncSqliteConnection,
  AsyncSqliteDriver,
  AsyncSqliteLibrary,
  SqliteCall,
  SqliteConnection,
  SqliteDriver,
  SqliteLibrary,
  SqliteStatement,
  SqliteTraits,
  SqliteValue,
} from './driver.ts'
export { nodeSqliteDriver } from './node-sqlite-driver.ts'
export { sqliteStorage, type SqliteStorageOptions } from './sqlite-storage.ts'
