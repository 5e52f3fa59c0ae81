import { SyncError, systemEnvironment, type Environment } from '@holdfast/core'
import { retrying } from '../../retrying.ts'
import { isTransient } from '../transient.ts'
import { ownMigrations, readMigrations, type Migration } from './migration-files.ts'

interface Statement {
  readonly sql: string
  args: unknown[]
  argTypes: { scalarType: 'string' | 'int'; arity: 'scalar' }[]
}

/** An open connection of one of Prisma's driver adapters, as far as migrating needs it. */
export interface MigrationConnection {
  executeScript(script: string): Promise<void>
  queryRaw(statement: Statement): Promise<{ readonly rows: readonly (readonly unknown[])[] }>
  executeRaw(statement: Statement): Promise<number>
  dispose(): Promise<void>
}

export interface MigrationOptions {
  /** One of Prisma's driver adapters, e.g. `new PrismaBetterSqlite3({ url })`. */
  readonly adapter: { connect(): Promise<MigrationConnection> }
  /** A folder in Prisma's layout. Default: the tables of this package. */
  readonly directory?: string | undefined
  readonly environment?: Environment | undefined
}

const historyTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
);`

const attempts = 20

/**
 * Makes and updates the tables of a SQLite database, without Prisma's engine. Records what it did where Prisma's
 * own tools look. Applied migrations are skipped; several processes may do it at once. Sets the journal to WAL.
 * @returns the names of the migrations applied now
 * @throws SyncError MISCONFIGURED when an applied migration's file was changed since
 */
export const applyMigrations = async (options: MigrationOptions): Promise<readonly string[]> => {
  const { adapter, directory = ownMigrations, environment = systemEnvironment } = options
  const migrations = await readMigrations(directory)
  const connection = await adapter.connect()
  try {
    const retry = { environment, attempts, isTransient }
    await retrying(retry, () => connection.executeScript('PRAGMA journal_mode = WAL;'))
    return await retrying(retry, () => applyPending(connection, migrations, environment))
  } finally {
    await connection.dispose()
  }
}

/** All in one transaction that holds the write lock from its first statement. */
const applyPending = async (
  connection: MigrationConnection,
  migrations: readonly Migration[],
  environment: Environment,
): Promise<readonly string[]> => {
  await connection.executeScript('BEGIN IMMEDIATE;')
  try {
    await connection.executeScript(historyTable)
    const applied = await readApplied(connection)
    const pending = migrations.filter((migration) => !isApplied(applied, migration))
    for (const migration of pending) {
      await connection.executeScript(migration.sql)
      await connection.executeRaw(record(migration, environment))
    }
    await connection.executeScript('COMMIT;')
    return pending.map(({ name }) => name)
  } catch (error) {
    await connection.executeScript('ROLLBACK;')
    throw error
  }
}

const readApplied = async (connection: MigrationConnection): Promise<ReadonlyMap<string, string>> => {
  const { rows } = await connection.queryRaw({
    sql: `SELECT migration_name, checksum FROM _prisma_migrations
          WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
    args: [],
    argTypes: [],
  })
  return new Map(rows.map(([name, checksum]) => [String(name), String(checksum)]))
}

const isApplied = (applied: ReadonlyMap<string, string>, { name, checksum }: Migration): boolean => {
  const known = applied.get(name)
  if (known !== undefined && known !== checksum) {
    throw new SyncError(
      'MISCONFIGURED',
      `The migration ${name} was changed after it was applied; add another.`,
      {
        option: 'directory',
      },
    )
  }
  return known !== undefined
}

const record = ({ name, checksum }: Migration, { clock, newId }: Environment): Statement => {
  const now = clock.now()
  return {
    sql: `INSERT INTO _prisma_migrations
            (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
          VALUES (?, ?, ?, ?, ?, 1)`,
    args: [newId(), checksum, name, now, now],
    argTypes: [
      { scalarType: 'string', arity: 'scalar' },
      { scalarType: 'string', arity: 'scalar' },
      { scalarType: 'string', arity: 'scalar' },
      { scalarType: 'int', arity: 'scalar' },
      { scalarType: 'int', arity: 'scalar' },
    ],
  }
}
