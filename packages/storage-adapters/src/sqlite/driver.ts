export type SqliteValue = string | number | Uint8Array

export interface SqliteStatement {
  run(...values: SqliteValue[]): unknown
  /** The first row as an object, or undefined. */
  get(...values: SqliteValue[]): unknown
  all(...values: SqliteValue[]): readonly unknown[]
}

/** Synchronous: nothing of this process can come between two calls. */
export interface SqliteConnection {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
  close(): unknown
}

export interface SqliteLibrary {
  /** Opens the file, or makes it where it is missing. */
  open(filename: string): SqliteConnection
  /** SQLite's primary result code by name, e.g. `BUSY`, where the error comes from SQLite. */
  resultCodeOf(error: unknown): string | undefined | Promise<string | undefined>
}

/** What the place under a library allows. */
export interface SqliteTraits {
  /** `wal`, or `truncate` where the place lacks the shared memory that a WAL needs. */
  readonly journal: 'wal' | 'truncate'
  /** Whether a second connection, of another tab or process, may have the file at the same time. */
  readonly sharedAcrossTabs: boolean
}

/** A binding to SQLite. Loaded when the first database is opened, so that an app needs only the one it uses. */
export interface SqliteDriver {
  readonly name: string
  /** Default: a WAL, and shared. */
  readonly traits?: SqliteTraits | undefined
  /** Rejects where the library is not installed or does not fit this platform. */
  load(): Promise<SqliteLibrary>
}

/** A statement with what stands for its question marks. */
export interface SqliteCall {
  readonly sql: string
  /** Without bytes and without NUL: not every bridge to a phone's SQLite carries them. */
  readonly values: readonly (string | number)[]
}

/** A connection whose answers come later. The next call is made when the one before has been answered. */
export interface AsyncSqliteConnection {
  /** `write` takes the write lock at once. */
  begin(mode: 'read' | 'write'): Promise<unknown>
  commit(): Promise<unknown>
  rollback(): Promise<unknown>
  /** One statement without parameters, whose rows nobody wants. */
  exec(sql: string): Promise<unknown>
  /** Statements without rows, one after the other. */
  run(calls: readonly SqliteCall[]): Promise<unknown>
  /** The rows, as objects. */
  all(call: SqliteCall): Promise<readonly unknown[]>
  close(): Promise<unknown>
}

export interface AsyncSqliteLibrary {
  /** Opens the file, or makes it where it is missing. */
  openAsync(filename: string): Promise<AsyncSqliteConnection>
  /** SQLite's primary result code by name, e.g. `BUSY`, where the error comes from SQLite. */
  resultCodeOf(error: unknown): string | undefined | Promise<string | undefined>
}

/** A binding to a SQLite that answers later, as those of phones do. */
export interface AsyncSqliteDriver {
  readonly name: string
  /** Default: a WAL, and shared. */
  readonly traits?: SqliteTraits | undefined
  load(): Promise<AsyncSqliteLibrary>
}
