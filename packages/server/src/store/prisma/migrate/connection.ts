export interface Statement {
  readonly sql: string
  args: unknown[]
  argTypes: { scalarType: 'string' | 'int' | 'datetime'; arity: 'scalar' }[]
}

interface Runner {
  queryRaw(statement: Statement): Promise<{ readonly rows: readonly (readonly unknown[])[] }>
  executeRaw(statement: Statement): Promise<number>
}

/** Has a connection of its own. The caller sends COMMIT or ROLLBACK, then gives the connection back. */
export interface MigrationTransaction extends Runner {
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** What one of Prisma's driver adapters connects to, as far as migrating needs it. */
export interface MigrationConnection extends Runner {
  readonly provider: string
  executeScript(script: string): Promise<void>
  startTransaction(): Promise<MigrationTransaction>
  dispose(): Promise<void>
}

export const plain = (sql: string): Statement => ({ sql, args: [], argTypes: [] })
