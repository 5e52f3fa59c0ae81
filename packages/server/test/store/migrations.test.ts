import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { cp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { applyMigrations } from '@holdfast/server/prisma'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'

const own = resolve(import.meta.dirname, '../../prisma')
const migration = '20251122000000_init'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-migrations-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const file = (): string => join(folder, 'server.db')
const migrate = (directory?: string) =>
  applyMigrations({ adapter: new PrismaBetterSqlite3({ url: `file:${file()}` }), directory })

const query = (sql: string): readonly unknown[] => {
  const database = new Database(file(), { readonly: true })
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}

test('migrations are applied once, and recorded where Prisma looks', async () => {
  expect(await migrate()).toEqual([migration])
  expect(await migrate()).toEqual([])
  const rows = query('SELECT * FROM _prisma_migrations')
  expect(rows).toMatchObject([
    {
      migration_name: migration,
      applied_steps_count: 1,
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      rolled_back_at: null,
    },
  ])
  expect(query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }])
})

test('several processes may migrate one database at once', async () => {
  const applied = await Promise.all(Array.from({ length: 8 }, () => migrate()))
  expect(applied.flat()).toEqual([migration])
})

test('a failing migration leaves nothing behind, and is tried again', async () => {
  const directory = join(folder, 'migrations')
  await cp(join(own, 'migrations'), directory, { recursive: true })
  const good = readFileSync(join(directory, migration, 'migration.sql'), 'utf8')
  await writeFile(join(directory, migration, 'migration.sql'), `${good}\nCREATE TABLE broken (;`)
  await expect(migrate(directory)).rejects.toThrow(/syntax error/)
  expect(query("SELECT name FROM sqlite_master WHERE type = 'table'")).toEqual([])
  await writeFile(join(directory, migration, 'migration.sql'), good)
  expect(await migrate(directory)).toEqual([migration])
})

test('a migration that was changed after it was applied is refused', async () => {
  await migrate()
  const directory = join(folder, 'migrations')
  await cp(join(own, 'migrations'), directory, { recursive: true })
  const path = join(directory, migration, 'migration.sql')
  await writeFile(path, `${readFileSync(path, 'utf8')}\n-- changed`)
  await expect(migrate(directory)).rejects.toMatchObject({ code: 'MISCONFIGURED' })
})

test('the command makes the tables from the caller’s folder', async () => {
  const script = resolve(import.meta.dirname, '../../src/bin/migrate.ts')
  const run = () =>
    promisify(execFile)(
      process.execPath,
      ['--conditions=holdfast-source', script, '--url', 'file:./server.db'],
      {
        env: { ...process.env, INIT_CWD: folder },
      },
    )
  expect((await run()).stdout).toContain(migration)
  expect(existsSync(file())).toBe(true)
  expect((await run()).stdout).toContain('up to date')
})

interface Column {
  readonly name: string
  readonly type: string
  readonly primary: number
}

interface Model {
  readonly table: string
  readonly columns: readonly Column[]
  readonly indexes: readonly string[]
}

const types: Readonly<Record<string, string>> = { String: 'TEXT', BigInt: 'BIGINT', Boolean: 'BOOLEAN' }

const listOf = (text: string): readonly string[] => text.split(',').map((part) => part.trim())

/** The part of Prisma's language that our schema uses. */
const readSchema = (): readonly Model[] => {
  const text = readFileSync(join(own, 'schema.prisma'), 'utf8')
  return [...text.matchAll(/^model \w+ \{\n([\s\S]*?)^\}/gm)].map(([, body = '']) => {
    const lines = body
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('//'))
    const fields = lines.filter((line) => !line.startsWith('@@'))
    const columnOf = new Map(
      fields.map((line) => {
        const [field = ''] = line.split(/\s+/)
        return [field, /@map\("(\w+)"\)/.exec(line)?.[1] ?? field]
      }),
    )
    const columnsIn = (attribute: string): readonly (readonly string[])[] =>
      lines.flatMap((line) => {
        const found = new RegExp(`^@@${attribute}\\(\\[([^\\]]+)\\]`).exec(line)?.[1]
        return found === undefined ? [] : [listOf(found).map((field) => columnOf.get(field) ?? field)]
      })
    const [key = []] = columnsIn('id')
    return {
      table: /@@map\("(\w+)"\)/.exec(body)?.[1] ?? '',
      columns: fields.map((line) => {
        const [field = '', type = ''] = line.split(/\s+/)
        const name = columnOf.get(field) ?? field
        const primary = / @id\b/.test(line) ? 1 : key.indexOf(name) + 1
        return { name, type: types[type] ?? type, primary }
      }),
      indexes: [
        ...columnsIn('index').map((columns) => `0 ${columns.join()}`),
        ...columnsIn('unique').map((columns) => `1 ${columns.join()}`),
      ].toSorted(),
    }
  })
}

const readDatabase = (): readonly Model[] =>
  (
    query(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'holdfast%' ORDER BY rowid",
    ) as readonly { name: string }[]
  ).map(({ name: table }) => ({
    table,
    columns: (
      query(`PRAGMA table_info(${table})`) as readonly {
        name: string
        type: string
        pk: number
        notnull: number
      }[]
    ).map(({ name, type, pk, notnull }) => {
      expect(notnull).toBe(1)
      return { name, type, primary: pk }
    }),
    indexes: (
      query(`PRAGMA index_list(${table})`) as readonly { name: string; unique: number; origin: string }[]
    )
      .filter(({ origin }) => origin === 'c')
      .map(({ name, unique }) => {
        const columns = query(`PRAGMA index_info(${name})`) as readonly { name: string }[]
        return `${unique} ${columns.map((column) => column.name).join()}`
      })
      .toSorted(),
  }))

test('the migrations make exactly the tables of schema.prisma', async () => {
  await migrate()
  expect(readDatabase()).toEqual(readSchema())
  expect(readSchema().length).toBe(7)
})
