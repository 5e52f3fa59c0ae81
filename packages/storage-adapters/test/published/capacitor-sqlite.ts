/* oxlint-disable typescript/no-explicit-any -- as it was published */
/**
 * The published types of @capacitor-community/sqlite 8.1.1 (MIT, Jean Pierre Quéau), word for word, as far as the
 * driver meets them. The package asks for Capacitor and brings a web component with a SQLite of its own.
 */
export interface capSQLiteSet {
  statement?: string
  values?: any[]
}

export interface Changes {
  changes?: number
  lastId?: number
  values?: any[]
}

export interface capSQLiteChanges {
  changes?: Changes
}

export interface capSQLiteResult {
  result?: boolean
}

export interface DBSQLiteValues {
  values?: any[]
}

export interface ISQLiteDBConnection {
  open(): Promise<void>
  beginTransaction(): Promise<capSQLiteChanges>
  commitTransaction(): Promise<capSQLiteChanges>
  rollbackTransaction(): Promise<capSQLiteChanges>
  execute(statements: string, transaction?: boolean, isSQL92?: boolean): Promise<capSQLiteChanges>
  query(statement: string, values?: any[], isSQL92?: boolean): Promise<DBSQLiteValues>
  run(
    statement: string,
    values?: any[],
    transaction?: boolean,
    returnMode?: string,
    isSQL92?: boolean,
  ): Promise<capSQLiteChanges>
  executeSet(
    set: capSQLiteSet[],
    transaction?: boolean,
    returnMode?: string,
    isSQL92?: boolean,
  ): Promise<capSQLiteChanges>
}

export interface ISQLiteConnection {
  createConnection(
    database: string,
    encrypted: boolean,
    mode: string,
    version: number,
    readonly: boolean,
  ): Promise<ISQLiteDBConnection>
  isConnection(database: string, readonly: boolean): Promise<capSQLiteResult>
  closeConnection(database: string, readonly: boolean): Promise<void>
  checkConnectionsConsistency(): Promise<capSQLiteResult>
}
