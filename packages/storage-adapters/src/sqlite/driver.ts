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
  resultCodeOf(error: unknown): string | undefined
}

/** A binding to SQLite. Loaded when the first database is opened, so that an app needs only the one it uses. */
export interface SqliteDriver {
  readonly name: string
  /** Rejects where the library is not installed or does not fit this platform. */
  load(): Promise<SqliteLibrary>
}
