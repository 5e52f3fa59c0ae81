import { postgresqlDatabases } from '../../../packages/server/test/support/postgresql-databases.ts'
import { killServer } from '../../../tests/kills/kill-server.ts'
import { startPostgres } from '../../postgres/start-postgres.ts'
import { killSeed, serverEvidence } from '../kill-figures.ts'
import type { Proof } from '../proof.ts'

const kills = 100

export const proof: Proof = {
  title: `Three server processes on PostgreSQL are killed ${kills} times under three devices: nothing is lost, each operation takes effect once, all devices agree.`,
  async run() {
    await using postgres = await startPostgres()
    await using databases = postgresqlDatabases(postgres.url)
    const database = await databases.create()
    const result = await killServer({ kills, seed: killSeed(), database, processes: 3, devices: 3 })
    await database.close()
    const { holds, figure } = serverEvidence(kills, result)
    return { holds, figure: `${postgres.source}: ${figure}` }
  },
}
