import { applyMigrations } from '@holdfast/server/prisma'
import { adapterFor } from '../../../packages/server/test/support/open-prisma.ts'
import { postgresqlDatabases } from '../../../packages/server/test/support/postgresql-databases.ts'
import { startOwnPostgres } from '../../../tests/many-servers/database/own-postgres.ts'
import { textOfRun } from '../../../tests/many-servers/figures.ts'
import { runManyServers } from '../../../tests/many-servers/run-many-servers.ts'
import { ensurePgBouncer } from '../../pgbouncer/find-pgbouncer.ts'
import { startPgBouncer } from '../../pgbouncer/start-pgbouncer.ts'
import { killSeed, showViolations } from '../kill-figures.ts'
import type { Proof } from '../proof.ts'

const operations = 5_000
/** Fewer than the server processes would take for themselves. */
const connections = 6

export const proof: Proof = {
  title: `Behind PgBouncer in transaction mode, with ${connections} connections for three server processes: as \`many-servers\`, with ${operations} operations.`,
  async run() {
    await ensurePgBouncer()
    const seed = killSeed()
    await using postgres = await startOwnPostgres()
    await using databases = postgresqlDatabases(postgres.url)
    await using pooler = await startPgBouncer(postgres.url, connections)
    const empty = await databases.createEmpty()
    const migrations = await applyMigrations({ adapter: adapterFor(pooler.through(empty.url)) })
    const database = await databases.create()
    const result = await runManyServers({
      ...{ database, through: pooler.through(database.url), processes: 3, devices: 10, operations, seed },
      ...{ livesMs: [4_000, 12_000], brokenEvery: 25, foreignSeconds: 10 },
    })
    await database.prisma.$disconnect()
    showViolations(result.violations)
    const { violations, broken, kills, again } = result
    return {
      holds:
        migrations.length > 0 &&
        violations.length === 0 &&
        result.operations > operations &&
        kills > 0 &&
        broken.committed > 0 &&
        broken.undone > 0 &&
        again > 0,
      figure: `${pooler.version}, ${postgres.source}, seed ${seed}: ${migrations.length} migrations; ${textOfRun(result)}.`,
    }
  },
}
