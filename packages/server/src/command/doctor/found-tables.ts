import type { SqlRunner } from '../../store/prisma/client.ts'
import type { Provider } from '../../store/prisma/dialect/dialect.ts'
import { query, sql } from '../../store/prisma/sql.ts'
import type { FoundTable } from './tables.ts'

interface Row {
  readonly name: string
  readonly columns: string
}

interface IndexRow extends Row {
  readonly is_primary: boolean | number
  readonly is_unique: boolean | number
}

const assemble = (tables: readonly Row[], indexes: readonly IndexRow[]): readonly FoundTable[] =>
  tables.map(({ name, columns }) => {
    const own = indexes.filter((index) => index.name === name)
    return {
      name,
      columns: columns.split(','),
      primaryKey: own.find((index) => Boolean(index.is_primary))?.columns.split(',') ?? [],
      indexes: own.map((index) => ({ columns: index.columns.split(','), unique: Boolean(index.is_unique) })),
    }
  })

/** Where the connection looks for unqualified names, as the store does. Whole, valid indexes on plain columns. */
const inPostgresql = async (db: SqlRunner): Promise<readonly FoundTable[]> =>
  assemble(
    await query<Row>(
      db,
      sql`SELECT relname::text AS name, string_agg(attname, ',' ORDER BY attnum) AS columns
          FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
          WHERE relname LIKE 'holdfast\\_%' AND relkind IN ('r', 'p') AND pg_table_is_visible(pg_class.oid)
          GROUP BY relname`,
    ),
    await query<IndexRow>(
      db,
      sql`SELECT relname::text AS name, indisprimary AS is_primary, indisunique AS is_unique,
            (SELECT string_agg(attname, ',' ORDER BY place)
             FROM unnest(indkey::int[]) WITH ORDINALITY AS part(number, place)
             JOIN pg_attribute ON attrelid = indrelid AND attnum = number) AS columns
          FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
          WHERE relname LIKE 'holdfast\\_%' AND pg_table_is_visible(indrelid) AND indisvalid
            AND indpred IS NULL AND indexprs IS NULL`,
    ),
  )

/** A text key of one column has an index of its own; an integer key has none. */
const inSqlite = async (db: SqlRunner): Promise<readonly FoundTable[]> => {
  const tables = await query<Row>(
    db,
    sql`SELECT tables.name AS name, group_concat(columns.name, ',') AS columns
        FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' AND tables.name LIKE 'holdfast\\_%' ESCAPE '\\' GROUP BY tables.name`,
  )
  const indexes = await query<IndexRow>(
    db,
    sql`SELECT name, is_primary, is_unique, group_concat(part, ',') AS columns FROM (
          SELECT tables.name AS name, indexes.name AS index_name, indexes.origin = 'pk' AS is_primary,
            indexes."unique" AS is_unique, parts.name AS part
          FROM sqlite_master AS tables
          JOIN pragma_index_list(tables.name) AS indexes JOIN pragma_index_info(indexes.name) AS parts
          WHERE tables.type = 'table' AND tables.name LIKE 'holdfast\\_%' ESCAPE '\\' AND NOT indexes.partial
          ORDER BY tables.name, indexes.name, parts.seqno)
        GROUP BY name, index_name`,
  )
  return assemble(tables, indexes)
}

const finders: Readonly<Record<Provider, (db: SqlRunner) => Promise<readonly FoundTable[]>>> = {
  postgresql: inPostgresql,
  sqlite: inSqlite,
}

/** Ours, as the database has them. */
export const findTables = (provider: Provider, db: SqlRunner): Promise<readonly FoundTable[]> =>
  finders[provider](db)
