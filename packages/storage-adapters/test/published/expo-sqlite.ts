/**
 * The published types of expo-sqlite 57.0.3 (MIT, 650 Industries, Inc.), word for word, as far as the driver meets
 * them. The package brings 76 MB of SQLite and asks for React Native, which is too much for a type.
 */
export interface SQLiteOpenOptions {
  enableChangeListener?: boolean
  useNewConnection?: boolean
  finalizeUnusedStatementsBeforeClosing?: boolean
  libSQLOptions?: {
    url: string
    authToken: string
    remoteOnly?: boolean
  }
}

export type SQLiteBindBlobValue = Uint8Array | ArrayBuffer
export type SQLiteBindValue = string | number | null | boolean | SQLiteBindBlobValue
export type SQLiteBindParams = Record<string, SQLiteBindValue> | SQLiteBindValue[]
export type SQLiteVariadicBindParams = SQLiteBindValue[]

export interface SQLiteExecuteAsyncResult<T> {
  readonly lastInsertRowId: number
  readonly changes: number
  getFirstAsync(): Promise<T | null>
  getAllAsync(): Promise<T[]>
  resetAsync(): Promise<void>
}

export declare class SQLiteStatement {
  executeAsync<T>(params: SQLiteBindParams): Promise<SQLiteExecuteAsyncResult<T>>
  executeAsync<T>(...params: SQLiteVariadicBindParams): Promise<SQLiteExecuteAsyncResult<T>>
  finalizeAsync(): Promise<void>
}

export declare class SQLiteDatabase {
  readonly databasePath: string
  closeAsync(): Promise<void>
  execAsync(source: string): Promise<void>
  prepareAsync(source: string): Promise<SQLiteStatement>
}

export declare function openDatabaseAsync(
  databaseName: string,
  options?: SQLiteOpenOptions,
  directory?: string,
): Promise<SQLiteDatabase>
