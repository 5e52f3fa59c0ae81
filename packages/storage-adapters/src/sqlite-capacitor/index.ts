export type { CapacitorConnection, CapacitorConnections, CapacitorStatement } from './capacitor-sqlite.ts'
export { capacitorSqliteDriver } from './capacitor-sqlite-driver.ts'
export { sqliteStorage, type SqliteStorageOptions } from '../sqlite/portable-storage.ts'
