import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { cp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { applyMigrations } from '@holdfast/server/prisma'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inspectPostgresql, inspectSqlite, type Inspected } from '../support/inspect-database.ts'
import { adapterFor } from '../support/open-prisma.ts'
import { readSchema } from '../support/read-schema.ts'
import { sharedPostgres } from '../support/shared-postgres.ts'

const own = resolve(import.meta.dirname, '../../prisma')
const command = resolve(import.meta.dirname, '../../src/bin/migrate.ts')
const migration = '20251122000000_init'
const all = [migration, '20251126000000_retention', '20261126000000_outbox', '20261126060000_mapped_models']

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-migrations-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** An empty database. */
interface Place {
  readonly url: string
  /** As the command's user writes it, in `folder`. */
  readonly shortUrl: string
  readonly inspected: Inspected
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  async sqlite() {
    const file = join(folder, 'server.db')
    return { url: `file:${file}`, shortUrl: 'file:./server.db', inspected: inspectSqlite(file) }
  },
  async postgresql() {
    const { url } = await (await sharedPostgres()).createEmpty()
    return { url, shortUrl: url, inspected: inspectPostgresql(url) }
  },
}

describe.each(Object.entries(places))('%s', (provider, createPlace) => {
  let place: Place
  beforeEach(async () => {
    place = await createPlace()
  })
  const migrate = (directory?: string) => applyMigrations({ adapter: adapterFor(place.url), directory })

  /** A copy of our migrations, to be changed. */
  const copy = async (): Promise<{
    readonly directory: string
    readonly file: string
    readonly sql: string
  }> => {
    const directory = join(folder, 'migrations')
    await cp(join(own, provider, 'migrations'), directory, { recursive: true })
    const file = join(directory, migration, 'migration.sql')
    return { directory, file, sql: readFileSync(file, 'utf8') }
  }

  test('migrations are applied once, and recorded where Prisma looks', async () => {
    expect(await migrate()).toEqual(all)
    expect(await migrate()).toEqual([])
    expect(await place.inspected.query('SELECT * FROM _prisma_migrations')).toMatchObject(
      all.map((name) => ({
        migration_name: name,
        applied_steps_count: 1,
        checksum: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
        finished_at: expect.anything() as unknown,
        rolled_back_at: null,
      })),
    )
  })

  test('[DB10] several processes may migrate one database at once', async () => {
    const applied = await Promise.all(Array.from({ length: 8 }, () => migrate()))
    expect(applied.flat()).toEqual(all)
  })

  test('[DB10] a failing migration leaves nothing behind, and is tried again', async () => {
    const { directory, file, sql } = await copy()
    await writeFile(file, `${sql}\nCREATE TABLE broken (;`)
    await expect(migrate(directory)).rejects.toThrow(/syntax error/)
    expect(await place.inspected.tables()).toEqual([])
    await writeFile(file, sql)
    expect(await migrate(directory)).toEqual(all)
  })

  test('a migration’s text is the database’s affair: semicolons in it do not end it', async () => {
    const { directory, file, sql } = await copy()
    const text = "INSERT INTO holdfast_clients VALUES ('a;b', 'u', 'i'); -- not; here"
    await writeFile(file, `${sql}\n${text}\n`)
    expect(await migrate(directory)).toEqual(all)
    expect(await place.inspected.query('SELECT client_id FROM holdfast_clients')).toEqual([
      { client_id: 'a;b' },
    ])
  })

  test('a migration that was changed after it was applied is refused', async () => {
    await migrate()
    const { directory, file, sql } = await copy()
    await writeFile(file, `${sql}\n-- changed`)
    await expect(migrate(directory)).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  })

  test('the command makes the tables, and shows no password', async () => {
    const run = () =>
      promisify(execFile)(
        process.execPath,
        ['--conditions=holdfast-source', command, '--url', place.shortUrl],
        { env: { ...process.env, INIT_CWD: folder } },
      )
    const { stdout } = await run()
    for (const name of all) expect(stdout).toContain(name)
    expect(stdout).not.toContain(/:([^:@]+)@/.exec(place.url)?.[1] ?? 'no password')
    expect(await place.inspected.tables()).not.toEqual([])
    expect((await run()).stdout).toContain('up to date')
  })

  test('the migrations make exactly the tables of the schema', async () => {
    await migrate()
    const tables = readSchema(join(own, provider, 'schema.prisma'))
    expect(tables.length).toBe(10)
    expect(await place.inspected.tables()).toEqual(
      tables.toSorted((left, right) => (left.name < right.name ? -1 : 1)),
    )
  })
})

test('SQLite’s journal is WAL afterwards', async () => {
  const file = join(folder, 'server.db')
  await applyMigrations({ adapter: adapterFor(`file:${file}`) })
  expect(await inspectSqlite(file).query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }])
})

test('an adapter of another database is refused', async () => {
  const connection = { provider: 'mysql', dispose: async () => undefined }
  const adapter = { connect: async () => connection as never }
  await expect(applyMigrations({ adapter })).rejects.toMatchObject({
    code: 'MISCONFIGURED',
    details: { option: 'adapter' },
  })
})
