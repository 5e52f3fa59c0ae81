/** What the driver uses of `SQLiteConnection` of `@capacitor-community/sqlite`, as far as it uses it. */
export interface CapacitorConnections {
  checkConnectionsConsistency(): Promise<{ readonly result?: boolean }>
  isConnection(database: string, readonly: boolean): Promise<{ readonly result?: boolean }>
  createConnection(
    database: string,
    encrypted: boolean,
    mode: string,
    version: number,
    readonly: boolean,
  ): Promise<CapacitorConnection>
  closeConnection(database: string, readonly: boolean): Promise<void>
}

/** What it uses of `SQLiteDBConnection`. */
export interface CapacitorConnection {
  open(): Promise<void>
  beginTransaction(): Promise<unknown>
  commitTransaction(): Promise<unknown>
  rollbackTransaction(): Promise<unknown>
  execute(statements: string, transaction?: boolean): Promise<unknown>
  query(statement: string, values?: unknown[]): Promise<{ readonly values?: unknown[] }>
  run(statement: string, values?: unknown[], transaction?: boolean): Promise<unknown>
  executeSet(set: CapacitorStatement[], transaction?: boolean): Promise<unknown>
}

export interface CapacitorStatement {
  statement?: string
  values?: unknown[]
}
