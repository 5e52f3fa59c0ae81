import type { SqlRunner } from '../../store/prisma/client.ts'
import type { Provider } from '../../store/prisma/dialect/dialect.ts'
import type { Migration } from '../../store/prisma/migrate/migration-files.ts'
import { query, sql } from '../../store/prisma/sql.ts'
import { counted } from '../text.ts'
import { error, ok, type Check } from './check.ts'

export interface HistoryEntry {
  readonly name: string
  readonly checksum: string
  readonly state: 'applied' | 'unfinished' | 'rolled back'
}

interface DbEntry {
  readonly name: string
  readonly checksum: string
  readonly finished: boolean | number
  readonly rolled_back: boolean | number
}

const historyTables = {
  sqlite: sql`SELECT name FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'`,
  postgresql: sql`SELECT 1 AS name WHERE to_regclass('_prisma_migrations') IS NOT NULL`,
} as const satisfies Record<Provider, unknown>

/** Undefined where nobody ever migrated. */
export const readHistory = async (
  provider: Provider,
  db: SqlRunner,
): Promise<readonly HistoryEntry[] | undefined> => {
  if ((await query(db, historyTables[provider])).length === 0) return undefined
  const rows = await query<DbEntry>(
    db,
    sql`SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished,
          rolled_back_at IS NOT NULL AS rolled_back
        FROM _prisma_migrations ORDER BY started_at`,
  )
  return rows.map(({ name, checksum, finished, rolled_back: rolledBack }) => ({
    name,
    checksum,
    state: rolledBack ? 'rolled back' : finished ? 'applied' : 'unfinished',
  }))
}

const name = 'migrations'

/** @param complete the tables have all that they need, whoever made them */
export const checkMigrations = (
  own: readonly Migration[],
  history: readonly HistoryEntry[] | undefined,
  complete: boolean,
): Check => {
  const unfinished = (history ?? []).filter(({ state }) => state === 'unfinished')
  if (unfinished.length > 0) {
    return error(
      name,
      `${unfinished.map((entry) => entry.name).join(', ')} began and did not finish`,
      'see why in its logs column, then tell Prisma with prisma migrate resolve',
    )
  }
  const applied = new Map(
    (history ?? []).filter(({ state }) => state === 'applied').map((entry) => [entry.name, entry.checksum]),
  )
  const changed = own.filter(
    (migration) => (applied.get(migration.name) ?? migration.checksum) !== migration.checksum,
  )
  if (changed.length > 0) {
    return error(
      name,
      `${changed.map((migration) => migration.name).join(', ')} differs from what was applied`,
      'reinstall @holdfast/server: its migrations are never changed once they are published',
    )
  }
  const missing = own.filter((migration) => !applied.has(migration.name))
  if (missing.length === 0) return ok(name, `all ${own.length} of @holdfast/server are applied`)
  if (missing.length < own.length) {
    return error(
      name,
      `${counted(missing.length, 'migration')} of @holdfast/server not applied: ${missing.map((migration) => migration.name).join(', ')}`,
      'run holdfast migrate',
    )
  }
  if (complete) {
    return ok(name, `none of @holdfast/server; the tables are complete and come from migrations of your own`)
  }
  return error(
    name,
    'none of @holdfast/server is applied',
    'run holdfast migrate, or holdfast init and prisma migrate where the tables are to come from your schema',
  )
}
