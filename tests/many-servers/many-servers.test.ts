import { expect, test } from 'vitest'
import { postgresqlDatabases } from '../../packages/server/test/support/postgresql-databases.ts'
import { figure } from '../harness/figure.ts'
import { startOwnPostgres } from './database/own-postgres.ts'
import { textOfRun } from './figures.ts'
import { runManyServers, type ManyServers, type ManyServersOptions } from './run-many-servers.ts'

const run = async (
  options: Omit<ManyServersOptions, 'database' | 'processes' | 'seed'>,
): Promise<ManyServers> => {
  await using postgres = await startOwnPostgres()
  await using databases = postgresqlDatabases(postgres.url)
  const database = await databases.create()
  try {
    return await runManyServers({ ...options, database, processes: 3, seed: 'small' })
  } finally {
    await database.close()
  }
}

test(
  '[P03] [P04] [P05] [P06] [P08] [P09] [DB5] [DB11] three server processes are killed, connections break at the commit: each operation takes effect once, and all agree',
  { timeout: 180_000 },
  async () => {
    const operations = 1_200
    const result = await run({
      ...{ devices: 8, operations, livesMs: [500, 2_500], brokenEvery: 20, foreignSeconds: 3 },
    })
    figure(textOfRun(result))
    expect(result.violations).toEqual([])
    expect(result.operations).toBeGreaterThan(operations)
    expect(result.kills).toBeGreaterThan(0)
    expect(result.broken.committed + result.broken.undone).toBeGreaterThan(0)
    expect(result.again).toBeGreaterThan(0)
  },
)

test(
  '[P03] [DB5] a server that takes a broken commit for done does not pass',
  { timeout: 180_000 },
  async () => {
    const result = await run({
      ...{ devices: 4, operations: 240, livesMs: [60_000, 60_000], brokenEvery: 5, foreignSeconds: 1 },
      planted: 'hopeful',
    })
    expect(result.broken.undone).toBeGreaterThan(0)
    expect(result.violations).not.toEqual([])
  },
)
