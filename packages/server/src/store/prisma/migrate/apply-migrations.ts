import { SyncError, systemEnvironment, type Environment } from '@holdfast/core'
import { applyToPostgresql } from './apply-postgresql.ts'
import { applyToSqlite } from './apply-sqlite.ts'
import type { MigrationConnection } from './connection.ts'
import { ownMigrations, readMigrations, type Migration } from './migration-files.ts'

export interface MigrationOptions {
  /** One of Prisma's driver adapters, e.g. `new PrismaPg(url)` or `new PrismaBetterSqlite3({ url })`. */
  readonly adapter: { connect(): Promise<MigrationConnection> }
  /** A folder in Prisma's layout. Default: the tables of this package. */
  readonly directory?: string | undefined
  readonly environment?: Environment | undefined
}

type Apply = (
  connection: MigrationConnection,
  migrations: readonly Migration[],
  environment: Environment,
) => Promise<readonly string[]>

/** By the names that driver adapters give themselves. */
const databases: ReadonlyMap<string, { readonly apply: Apply; readonly folder: string }> = new Map([
  ['sqlite', { apply: applyToSqlite, folder: ownMigrations('sqlite') }],
  ['postgres', { apply: applyToPostgresql, folder: ownMigrations('postgresql') }],
])

/**
 * Makes and updates the tables of a SQLite or PostgreSQL database, without Prisma's engine. Records what it did where
 * Prisma's own tools look. Applied migrations are skipped; several processes may do it at once, all of it happens or
 * nothing.
 * @returns the names of the migrations applied now
 * @throws SyncError MISCONFIGURED when an applied migration's file was changed since, or for another database
 */
export const applyMigrations = async (options: MigrationOptions): Promise<readonly string[]> => {
  const { adapter, environment = systemEnvironment } = options
  const connection = await adapter.connect()
  try {
    const database = databases.get(connection.provider)
    if (database === undefined) {
      throw new SyncError(
        'MISCONFIGURED',
        `applyMigrations knows SQLite and PostgreSQL; this adapter is for ${connection.provider}.`,
        { option: 'adapter' },
      )
    }
    const migrations = await readMigrations(options.directory ?? database.folder)
    return await database.apply(connection, migrations, environment)
  } finally {
    await connection.dispose()
  }
}
