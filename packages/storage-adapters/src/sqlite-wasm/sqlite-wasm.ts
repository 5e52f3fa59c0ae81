import type { SqliteValue } from '../sqlite/driver.ts'

/** What the driver uses of the module that `@sqlite.org/sqlite-wasm` initializes, as far as it uses it. */
export interface SqliteWasm {
  installOpfsSAHPoolVfs(options: {
    name?: string
    directory?: string
    initialCapacity?: number
    forceReinitIfPreviouslyFailed?: boolean
    preserveOnInitFailure?: boolean
  }): Promise<WasmPool>
}

export interface WasmPool {
  readonly OpfsSAHPoolDb: new (filename: string) => WasmDatabase
  /** Of the files that the pool has, those that have a name. */
  getFileCount(): number
  reserveMinimumCapacity(files: number): Promise<unknown>
  isPaused(): boolean
  pauseVfs(): unknown
  unpauseVfs(): Promise<unknown>
}

export interface WasmDatabase {
  exec(sql: string): unknown
  prepare(sql: string): WasmStatement
  /** Finalizes what was prepared. */
  close(): void
}

export interface WasmStatement {
  bind(values: SqliteValue[]): unknown
  step(): boolean
  get(row: Record<string, never>): unknown
  reset(alsoClearBinds?: boolean): unknown
}
