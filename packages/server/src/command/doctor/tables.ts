import type { ExpectedIndex, ExpectedTable } from '../schema/own-models.ts'
import { error, ok, warning, type Check } from './check.ts'

/** A table as the database has it. Of indexes the usable ones. */
export interface FoundTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly primaryKey: readonly string[]
  readonly indexes: readonly ExpectedIndex[]
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ')

/** By the names that Prisma gives. */
const createIndex = (table: string, { columns, unique }: ExpectedIndex): string =>
  `CREATE ${unique ? 'UNIQUE ' : ''}INDEX "${table}_${columns.join('_')}_${unique ? 'key' : 'idx'}" ON "${table}"(${quoted(columns)});`

const isSame = (left: readonly string[], right: readonly string[]): boolean => left.join() === right.join()

const updateTables = 'run holdfast migrate, or prisma migrate where your own migrations make these tables'

/** The tables, however they were made: columns, primary keys, indexes. */
export const checkTables = (
  expected: readonly ExpectedTable[],
  found: readonly FoundTable[],
): readonly Check[] => {
  const pairs = expected.map((table) => ({ table, there: found.find(({ name }) => name === table.name) }))
  const missing = pairs.flatMap(({ table, there }) =>
    there === undefined
      ? [table.name]
      : table.columns
          .filter((column) => !there.columns.includes(column))
          .map((column) => `${table.name}.${column}`),
  )
  const tables =
    missing.length === 0
      ? ok('tables', `all ${expected.length} are there, with all columns`)
      : error('tables', `missing: ${missing.join(', ')}`, updateTables)

  const there = pairs.flatMap(({ table, there }) => (there === undefined ? [] : [{ table, there }]))
  return [tables, checkKeys(there), ...checkIndexes(there)]
}

interface Pair {
  readonly table: ExpectedTable
  readonly there: FoundTable
}

/** Without its key a table takes a row twice. */
const checkKeys = (pairs: readonly Pair[]): Check => {
  const wrong = pairs.filter(({ table, there }) => !isSame(table.primaryKey, there.primaryKey))
  if (wrong.length === 0) return ok('primary keys', 'all are as they have to be')
  return error(
    'primary keys',
    `wrong or missing: ${wrong.map(({ table: { name, primaryKey } }) => `${name} (${primaryKey.join(', ')})`).join('; ')}`,
    'make the tables by holdfast migrate or from the models that holdfast init writes, and move the rows there',
  )
}

const checkIndexes = (pairs: readonly Pair[]): readonly Check[] => {
  const lacking = pairs.flatMap(({ table, there }) =>
    table.indexes
      .filter(
        ({ columns, unique }) =>
          !there.indexes.some((index) => isSame(index.columns, columns) && (index.unique || !unique)),
      )
      .map((index) => ({ ...index, table: table.name })),
  )
  if (lacking.length === 0) return [ok('indexes', 'all are there')]
  const names = lacking.map(
    ({ table, columns, unique }) => `${table}(${columns.join(', ')})${unique ? ' unique' : ''}`,
  )
  const statements = lacking.map((index) => createIndex(index.table, index)).join(' ')
  const says = `missing: ${names.join('; ')}`
  return [
    lacking.some(({ unique }) => unique)
      ? error(
          'indexes',
          `${says}; without the unique one an operation can be stored twice`,
          `run ${statements}`,
        )
      : warning('indexes', `${says}; requests get slower with every row`, `run ${statements}`),
  ]
}
