import { mkdtempSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { applyMigrations } from '@holdfast/server/prisma'
import Database from 'better-sqlite3'
import { Client } from 'pg'
import { afterEach } from 'vitest'
import { adapterFor } from '../support/open-prisma.ts'
import { sharedPostgres } from '../support/shared-postgres.ts'
import type { DatabaseName } from '../support/stores.ts'

/** An empty database of its own, whose tables a test may spoil. */
export interface Place {
  readonly url: string
  readonly execute: (sql: string) => Promise<unknown>
  /** By our migrations. */
  readonly migrate: () => Promise<unknown>
  /** By one migration of the app's, as Prisma makes it of the schema; `change` gets its SQL. */
  readonly migrateAsApp: (change?: (sql: string) => string) => Promise<unknown>
}

const own = resolve(import.meta.dirname, '../../prisma')

export const usePlaces = (): ((name: DatabaseName) => Promise<Place>) => {
  const folders: string[] = []
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
  })
  return async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-place-'))
    folders.push(folder)
    const isSqlite = name === 'SQLite'
    const file = join(folder, 'server.db')
    const url = isSqlite ? `file:${file}` : (await (await sharedPostgres()).createEmpty()).url
    const migrate = (directory?: string) => applyMigrations({ adapter: adapterFor(url), directory })
    return {
      url,
      migrate,
      execute: isSqlite ? onSqlite(file) : onPostgresql(url),
      async migrateAsApp(change = (sql) => sql) {
        const from = join(own, isSqlite ? 'sqlite' : 'postgresql', 'migrations')
        const parts = (await readdir(from)).filter((part) => part.startsWith('2')).toSorted()
        const sql = await Promise.all(
          parts.map((part) => readFile(join(from, part, 'migration.sql'), 'utf8')),
        )
        const to = join(folder, 'migrations', '20260101000000_app')
        await mkdir(to, { recursive: true })
        await cp(join(from, 'migration_lock.toml'), join(folder, 'migrations', 'migration_lock.toml'))
        await writeFile(
          join(to, 'migration.sql'),
          change(`CREATE TABLE posts (id BIGINT);\n${sql.join('\n')}`),
        )
        return await migrate(join(folder, 'migrations'))
      },
    }
  }
}

const onSqlite = (file: string) => async (sql: string) => {
  const database = new Database(file)
  try {
    database.exec(sql)
  } finally {
    database.close()
  }
}

const onPostgresql = (url: string) => async (sql: string) => {
  const client = new Client(url)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
