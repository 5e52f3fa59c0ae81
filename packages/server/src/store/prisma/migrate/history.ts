import { SyncError, type Environment } from '@holdfast/core'
import { plain, type MigrationTransaction, type Statement } from './connection.ts'
import type { Migration } from './migration-files.ts'

const readApplied = async (
  runner: Pick<MigrationTransaction, 'queryRaw'>,
): Promise<ReadonlyMap<string, string>> => {
  const { rows } = await runner.queryRaw(
    plain(`SELECT migration_name, checksum FROM _prisma_migrations
           WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`),
  )
  return new Map(rows.map(([name, checksum]) => [String(name), String(checksum)]))
}

const isApplied = (applied: ReadonlyMap<string, string>, { name, checksum }: Migration): boolean => {
  const known = applied.get(name)
  if (known !== undefined && known !== checksum) {
    throw new SyncError(
      'MISCONFIGURED',
      `The migration ${name} was changed after it was applied; add another.`,
      { option: 'directory' },
    )
  }
  return known !== undefined
}

/** Those that the history does not have yet, in their order. */
export const readPending = async (
  runner: Pick<MigrationTransaction, 'queryRaw'>,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> => {
  const applied = await readApplied(runner)
  return migrations.filter((migration) => !isApplied(applied, migration))
}

/** How a database takes values and times in its history. */
export interface HistoryForm {
  /** The placeholder of the value at this place, from 1. */
  readonly placeholder: (place: number) => string
  readonly timeType: 'int' | 'datetime'
}

/** The row by which Prisma's own tools know the migration. */
export const record = (
  { name, checksum }: Migration,
  { clock, newId }: Environment,
  { placeholder, timeType }: HistoryForm,
): Statement => {
  const now = timeType === 'int' ? clock.now() : new Date(clock.now()).toISOString()
  const places = [1, 2, 3, 4, 5].map(placeholder).join(', ')
  return {
    sql: `INSERT INTO _prisma_migrations
            (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
          VALUES (${places}, 1)`,
    args: [newId(), checksum, name, now, now],
    argTypes: (['string', 'string', 'string', timeType, timeType] as const).map((scalarType) => ({
      scalarType,
      arity: 'scalar',
    })),
  }
}
