import type { Environment } from '@holdfast/core'
import { retrying } from '../../retrying.ts'
import { isTransient } from '../transient.ts'
import { plain, type MigrationConnection, type MigrationTransaction } from './connection.ts'
import { readPending, record, type HistoryForm } from './history.ts'
import type { Migration } from './migration-files.ts'

const historyTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"              VARCHAR(64) NOT NULL,
    "finished_at"           TIMESTAMPTZ,
    "migration_name"        VARCHAR(255) NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        TIMESTAMPTZ,
    "started_at"            TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"   INTEGER NOT NULL DEFAULT 0
)`

/** The key that Prisma's own tools lock while they migrate, so that they and we exclude each other. */
const lock = 'SELECT pg_advisory_xact_lock(72707369)'

const form: HistoryForm = { placeholder: (place) => `$${place}`, timeType: 'datetime' }

const attempts = 10

export const applyToPostgresql = (
  connection: MigrationConnection,
  migrations: readonly Migration[],
  environment: Environment,
): Promise<readonly string[]> =>
  retrying({ environment, attempts, isTransient }, async () => {
    const tx = await connection.startTransaction()
    try {
      const names = await applyPending(tx, migrations, environment)
      await tx.executeRaw(plain('COMMIT'))
      await tx.commit()
      return names
    } catch (error) {
      // Where even this fails the connection is gone, and its transaction with it.
      await tx.executeRaw(plain('ROLLBACK')).catch(() => undefined)
      await tx.rollback()
      throw error
    }
  })

/** All under one lock and in one transaction: PostgreSQL undoes changes of tables too. */
const applyPending = async (
  tx: MigrationTransaction,
  migrations: readonly Migration[],
  environment: Environment,
): Promise<readonly string[]> => {
  await tx.executeRaw(plain(lock))
  await tx.executeRaw(plain(historyTable))
  const pending = await readPending(tx, migrations)
  for (const migration of pending) {
    // Without arguments the driver sends the file as it is; `executeScript` would cut it at every semicolon.
    await tx.executeRaw(plain(migration.sql))
    await tx.executeRaw(record(migration, environment, form))
  }
  return pending.map(({ name }) => name)
}
