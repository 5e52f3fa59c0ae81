import { existsSync } from 'node:fs'
import { SyncError } from '@holdfast/core'
import type { PrismaClientLike, SqlRunner } from '../../store/prisma/client.ts'
import type { Provider } from '../../store/prisma/dialect/dialect.ts'
import type { MigrationOptions } from '../../store/prisma/migrate/apply-migrations.ts'
import { query, sql } from '../../store/prisma/sql.ts'
import type { Target } from '../target.ts'
import { clientOver } from './driver.ts'

/** A connection of PostgreSQL that is kept for as long as somebody listens. */
export interface ListeningClient {
  query(text: string, values?: readonly string[]): Promise<unknown>
  on(event: 'notification', listener: (message: { readonly payload?: string | undefined }) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  release(destroy: boolean): void
}

export interface CommandDatabase extends AsyncDisposable {
  readonly provider: Provider
  readonly name: string
  readonly client: PrismaClientLike & SqlRunner
  /** Runs with everything read from one snapshot. */
  readonly snapshot: <TResult>(run: (db: SqlRunner) => Promise<TResult>) => Promise<TResult>
  /** Of PostgreSQL. */
  readonly listen?: (() => Promise<ListeningClient>) | undefined
}

/** Each adapter is an optional dependency of this package: only the one that is needed is loaded. */
const load = async <TModule>(name: string, loading: Promise<TModule>): Promise<TModule> => {
  try {
    return await loading
  } catch (error) {
    const message = `${name} can't be loaded, which this database needs: npm install ${name}.`
    throw new SyncError('MISCONFIGURED', message, { option: 'url' }, { cause: error })
  }
}

const patience = 5000

const postgresqlAdapter = async (url: string) => {
  const { PrismaPg } = await load('@prisma/adapter-pg', import('@prisma/adapter-pg'))
  return new PrismaPg({
    connectionString: url,
    max: 3,
    connectionTimeoutMillis: patience,
    application_name: 'holdfast',
  })
}

const sqliteAdapter = async (file: string, fileMustExist: boolean) => {
  const name = '@prisma/adapter-better-sqlite3'
  const { PrismaBetterSqlite3 } = await load(name, import('@prisma/adapter-better-sqlite3'))
  return new PrismaBetterSqlite3({ url: `file:${file}`, fileMustExist, timeout: patience })
}

/** For `applyMigrations`: a SQLite file is made where there is none. */
export const migrationAdapter = (target: Target): Promise<MigrationOptions['adapter']> =>
  target.provider === 'postgresql' ? postgresqlAdapter(target.url) : sqliteAdapter(target.file, false)

/**
 * Connects, and asks one question, so that what is wrong with the connection shows here.
 * @throws SyncError MISCONFIGURED; else what the driver rejects with
 */
export const openDatabase = async (target: Target): Promise<CommandDatabase> => {
  const database = target.provider === 'postgresql' ? await openPostgresql(target) : await openSqlite(target)
  try {
    await query(database.client, sql`SELECT 1 AS reached`)
    return database
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}

const openPostgresql = async ({
  name,
  url,
}: Target & { readonly provider: 'postgresql' }): Promise<CommandDatabase> => {
  const adapter = await postgresqlAdapter(url)
  const connection = await adapter.connect()
  const client = clientOver(connection, 'postgresql')
  return {
    provider: 'postgresql',
    name,
    client,
    snapshot: (run) => client.$transaction(run, { isolationLevel: 'RepeatableRead' }),
    listen: async () => await connection.underlyingDriver().connect(),
    [Symbol.asyncDispose]: () => connection.dispose(),
  }
}

const openSqlite = async ({
  name,
  file,
}: Target & { readonly provider: 'sqlite' }): Promise<CommandDatabase> => {
  if (!existsSync(file)) {
    const message = `There is no file ${file}: check the path, or make the database with holdfast migrate.`
    throw new SyncError('MISCONFIGURED', message, { option: 'url' })
  }
  const adapter = await sqliteAdapter(file, true)
  const connection = await adapter.connect()
  const client = clientOver(connection, 'sqlite')
  return {
    provider: 'sqlite',
    name,
    client,
    snapshot: (run) => client.$transaction(run),
    [Symbol.asyncDispose]: () => connection.dispose(),
  }
}
