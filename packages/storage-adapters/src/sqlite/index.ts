export { betterSqlite3Driver } from './better-sqlite3-driver.ts'
export type { SqliteConnection, SqliteDriver, SqliteLibrary, SqliteStatement, SqliteValue } from './driver.ts'
export { nodeSqliteDriver } from './node-sqlite-driver.ts'
export { sqliteStorage, type SqliteStorageOptions } from './sqlite-storage.ts'
