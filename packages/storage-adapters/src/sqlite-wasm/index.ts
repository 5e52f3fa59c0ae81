export type { PoolLocks } from './pool-lock.ts'
export type { SqliteWasm, WasmDatabase, WasmPool, WasmStatement } from './sqlite-wasm.ts'
export { sqliteWasmDriver, type SqliteWasmDriverOptions } from './sqlite-wasm-driver.ts'
export { sqliteStorage, type SqliteStorageOptions } from '../sqlite/portable-storage.ts'
