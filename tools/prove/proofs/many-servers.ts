import { postgresqlDatabases } from '../../../packages/server/test/support/postgresql-databases.ts'
import { startOwnPostgres } from '../../../tests/many-servers/database/own-postgres.ts'
import { textOfRun } from '../../../tests/many-servers/figures.ts'
import {
  runManyServers,
  type ManyServers,
  type ManyServersOptions,
} from '../../../tests/many-servers/run-many-servers.ts'
import { killSeed, showViolations } from '../kill-figures.ts'
import type { Proof } from '../proof.ts'

const operations = 20_000
const foreignSeconds = 30

/** A feed or a lock that waited for the foreign transaction would be as late as it is long. A busy machine is slow. */
const longestMs = (foreignSeconds * 1_000) / 2

const planted = {
  devices: 6,
  operations: 600,
  livesMs: [1_000, 3_000],
  brokenEvery: 6,
  foreignSeconds: 1,
} as const

export const proof: Proof = {
  title: `Three server processes on PostgreSQL, 20 devices, ${operations} operations; processes are killed, and connections end in their COMMIT: each operation takes effect once and in order, its verdict never changes, all devices agree, and a foreign transaction of ${foreignSeconds} s delays nobody.`,
  async run() {
    const seed = killSeed()
    await using postgres = await startOwnPostgres()
    await using databases = postgresqlDatabases(postgres.url)
    const run = async (
      options: Omit<ManyServersOptions, 'database' | 'processes' | 'seed'>,
    ): Promise<ManyServers> => {
      const database = await databases.create()
      const result = await runManyServers({ ...options, database, processes: 3, seed })
      // Not given back: the trap is in it.
      await database.prisma.$disconnect()
      return result
    }
    const real = await run({
      ...{ devices: 20, operations, foreignSeconds, livesMs: [5_000, 15_000], brokenEvery: 25 },
    })
    showViolations(real.violations)
    const hopeful = await run({ ...planted, planted: 'hopeful' })
    const forgetful = await run({ ...planted, planted: 'forgetful' })
    const { broken, kills, pushes } = real
    return {
      holds:
        real.violations.length === 0 &&
        real.operations > operations &&
        kills > 0 &&
        broken.committed > 0 &&
        broken.undone > 0 &&
        real.again > 0 &&
        pushes.beside.slowestMs < longestMs &&
        pushes.beside.perSecond > pushes.without.perSecond / 3 &&
        hopeful.violations.length > 0 &&
        forgetful.violations.length > 0,
      figure:
        `${postgres.source}, seed ${seed}: ${textOfRun(real)}. Planted: a commit whose connection broke counts as done: ` +
        `${hopeful.violations.length} violations; verdicts stored apart from rows: ${forgetful.violations.length}.`,
    }
  },
}
