import { Client } from 'pg'
import Database from 'better-sqlite3'
import type { Table } from './read-schema.ts'

/** What the driver says of a database, without Prisma. */
export interface Inspected {
  readonly query: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Ours, by name. */
  readonly tables: () => Promise<readonly Table[]>
}

type Row = Readonly<Record<string, unknown>>

const textOf = (row: Row, column: string): string => String(row[column])

export const inspectSqlite = (file: string): Inspected => {
  const query = async (sql: string): Promise<readonly Row[]> => {
    const database = new Database(file, { readonly: true })
    try {
      return database.prepare<[], Row>(sql).all()
    } finally {
      database.close()
    }
  }
  const readTable = async (name: string): Promise<Table> => {
    const columns = await query(`PRAGMA table_info(${name})`)
    const indexes = await query(`PRAGMA index_list(${name})`)
    return {
      name,
      columns: columns.map((row) => ({
        name: textOf(row, 'name'),
        type: `${textOf(row, 'type')}${row['notnull'] === 1 ? '' : ' NULL'}`,
        primary: Number(row['pk']),
      })),
      indexes: (
        await Promise.all(
          indexes
            .filter((row) => row['origin'] === 'c')
            .map(async (row) => {
              const parts = await query(`PRAGMA index_info(${textOf(row, 'name')})`)
              return `${textOf(row, 'unique')} ${parts.map((part) => textOf(part, 'name')).join()}`
            }),
        )
      ).toSorted(),
    }
  }
  return {
    query,
    async tables() {
      const names = await query(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'holdfast%'",
      )
      return await Promise.all(
        names
          .map((row) => textOf(row, 'name'))
          .toSorted()
          .map(readTable),
      )
    },
  }
}

export const inspectPostgresql = (url: string): Inspected => {
  const query = async (sql: string): Promise<readonly Row[]> => {
    const client = new Client(url)
    await client.connect()
    try {
      return (await client.query<Row>(sql)).rows
    } finally {
      await client.end()
    }
  }
  const readTable = async (name: string): Promise<Table> => {
    const indexes = await query(
      `SELECT indisprimary AS key, indisunique AS uniq, (SELECT string_agg(attname, ',' ORDER BY place)
         FROM unnest(indkey::int[]) WITH ORDINALITY AS part(number, place)
         JOIN pg_attribute ON attrelid = indrelid AND attnum = number) AS columns
       FROM pg_index WHERE indrelid = '${name}'::regclass`,
    )
    const key = indexes
      .filter((row) => row['key'] === true)
      .flatMap((row) => textOf(row, 'columns').split(','))
    const columns = await query(
      `SELECT column_name, upper(data_type) AS type, is_nullable FROM information_schema.columns
       WHERE table_name = '${name}' ORDER BY ordinal_position`,
    )
    return {
      name,
      columns: columns.map((row) => ({
        name: textOf(row, 'column_name'),
        type: `${textOf(row, 'type')}${row['is_nullable'] === 'NO' ? '' : ' NULL'}`,
        primary: key.indexOf(textOf(row, 'column_name')) + 1,
      })),
      indexes: indexes
        .filter((row) => row['key'] === false)
        .map((row) => `${row['uniq'] === true ? 1 : 0} ${textOf(row, 'columns')}`)
        .toSorted(),
    }
  }
  return {
    query,
    async tables() {
      const names = await query("SELECT tablename FROM pg_tables WHERE tablename LIKE 'holdfast%'")
      return await Promise.all(
        names
          .map((row) => textOf(row, 'tablename'))
          .toSorted()
          .map(readTable),
      )
    },
  }
}
