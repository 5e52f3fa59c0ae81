import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { findBinaries } from '../binaries.ts'
import { dropDatabases } from '../drop-databases.ts'
import { startPostgres } from '../start-postgres.ts'

afterEach(() => void vi.unstubAllEnvs())

const ask = async (url: string, sql: string): Promise<unknown> => {
  const client = new Client(url)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows[0]
  } finally {
    await client.end()
  }
}

test.each(findBinaries())(
  'a server of version $version ($from) starts, and is gone at the end',
  async (found) => {
    const { url } = await (async () => {
      await using postgres = await startPostgres({ from: found.from })
      expect(postgres.source).toBe(`PostgreSQL ${found.version}, ${found.from}`)
      expect(await ask(postgres.url, 'SHOW server_version_num')).toEqual({
        server_version_num: expect.stringMatching(new RegExp(`^${found.version}`)) as unknown,
      })
      return postgres
    })()
    await expect(ask(url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/)
  },
)

test('a run drops its own databases, and no others', async () => {
  await using postgres = await startPostgres()
  const own = `holdfast_test_${randomUUID().slice(0, 8)}`
  const other = `holdfast_test_${randomUUID().slice(0, 8)}`
  for (const name of [`${own}_a`, `${own}_b`, `${other}_a`]) {
    await ask(postgres.url, `CREATE DATABASE ${name}`)
  }
  const left = () =>
    ask(
      postgres.url,
      `SELECT string_agg(datname, ' ') AS names FROM pg_database WHERE datname ~ '${own}|${other}'`,
    )
  await dropDatabases(postgres.url, `${own}_`)
  expect(await left()).toEqual({ names: `${other}_a` })
  await dropDatabases(postgres.url, `${other}_`)
  expect(await left()).toEqual({ names: null })
})

test('the server that DATABASE_URL names is used as it is', async () => {
  vi.stubEnv('DATABASE_URL', 'postgres://somebody@db.example/app')
  await using postgres = await startPostgres()
  expect(postgres.url).toBe('postgres://somebody@db.example/app')
})

test('without any server there is a sentence that says what to do', async () => {
  await expect(startPostgres({ from: 'nowhere' as never })).rejects.toThrow(/set DATABASE_URL .* install one/)
})
