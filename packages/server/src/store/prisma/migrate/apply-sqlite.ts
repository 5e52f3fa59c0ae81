import type { Environment } from '@holdfast/core'
import { retrying } from '../../retrying.ts'
import { isTransient } from '../transient.ts'
import type { MigrationConnection } from './connection.ts'
import { readPending, record, type HistoryForm } from './history.ts'
import type { Migration } from './migration-files.ts'

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

const form: HistoryForm = { placeholder: () => '?', timeType: 'int' }

const attempts = 20

/** Sets the journal to WAL, so that readers and the writer do not wait for each other. */
export const applyToSqlite = async (
  connection: MigrationConnection,
  migrations: readonly Migration[],
  environment: Environment,
): Promise<readonly string[]> => {
  const retry = { environment, attempts, isTransient }
  await retrying(retry, () => connection.executeScript('PRAGMA journal_mode = WAL;'))
  return await retrying(retry, () => applyPending(connection, migrations, environment))
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
    const pending = await readPending(connection, migrations)
    for (const migration of pending) {
      await connection.executeScript(migration.sql)
      await connection.executeRaw(record(migration, environment, form))
    }
    await connection.executeScript('COMMIT;')
    return pending.map(({ name }) => name)
  } catch (error) {
    await connection.executeScript('ROLLBACK;')
    throw error
  }
}
