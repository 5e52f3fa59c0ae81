import { postgresqlDatabases } from '../../../packages/server/test/support/postgresql-databases.ts'
import { failoverOf } from '../../../tests/kills/restored/failover.ts'
import { restoreServer } from '../../../tests/kills/restored/restore-server.ts'
import { startOwnPostgres } from '../../../tests/many-servers/database/own-postgres.ts'
import { startStandby } from '../../postgres/start-standby.ts'
import { killSeed, showViolations } from '../kill-figures.ts'
import type { Proof } from '../proof.ts'

const forgotten = 50
const lost = 'RESET_REQUIRED epoch_changed'

export const proof: Proof = {
  title: `PostgreSQL fails over to a standby that lacks ${forgotten} acknowledged operations: each device is told at first contact, nothing is applied twice, nothing lost.`,
  async run() {
    const seed = killSeed()
    const primary = await startOwnPostgres()
    const database = await postgresqlDatabases(primary.url).create()
    await using standby = await startStandby(primary.url)
    const stopPrimary = async (): Promise<void> => {
      await database.prisma.$disconnect()
      await primary[Symbol.asyncDispose]()
    }
    const backups = failoverOf(database.url, standby, stopPrimary)
    const { contacts, applied, kept, violations } = await restoreServer({
      ...{ database, seed, forgotten, overtaken: false, backups },
    })
    showViolations(violations)
    const noticed = contacts.filter(({ told }) => told === lost).length
    return {
      holds:
        violations.length === 0 &&
        noticed === contacts.length &&
        contacts.length > 0 &&
        backups.toldByStandby() === 'RESET_REQUIRED',
      figure:
        `${primary.source}, seed ${seed}: ${noticed} of ${contacts.length} devices told ${lost}, ${applied} operations applied once, ` +
        `${kept} kept, ${violations.length} violations. Before, a pull from the standby, which lagged, was told ${backups.toldByStandby()}.`,
    }
  },
}
