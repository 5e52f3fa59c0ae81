export type { ExpoDatabase, ExpoResult, ExpoSqlite, ExpoStatement } from './expo-sqlite.ts'
export { expoSqliteDriver } from './expo-sqlite-driver.ts'
export { sqliteStorage, type SqliteStorageOptions } from '../sqlite/portable-storage.ts'
