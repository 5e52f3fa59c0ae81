import { createSqliteDatabase, type TestDatabase } from '../../../packages/server/test/support/databases.ts'
import { postgresqlDatabases } from '../../../packages/server/test/support/postgresql-databases.ts'
import { runTransfers, type TransfersResult } from '../../../tests/transfers/run-transfers.ts'
import { opening } from '../../../tests/transfers/schema.ts'
import { startPostgres } from '../../postgres/start-postgres.ts'
import type { Proof } from '../proof.ts'

const transfers = 5_000
const devices = 8
const accounts = 40
const kills = 12

const holds = (result: TransfersResult): boolean =>
  result.applied + result.refused === transfers &&
  Math.min(result.applied, result.refused, result.shown) > 0 &&
  result.odd.length === 0 &&
  result.miscounted.length === 0 &&
  result.kills >= 10 &&
  Math.min(result.pushes, result.hits) > 0 &&
  result.wrong.length === 0 &&
  result.lowest >= 0 &&
  result.total === accounts * opening &&
  result.isEqual

const show = (name: string, result: TransfersResult): string => {
  const { applied, refused, kills: killed, pushes, faults, shown, wrong, lowest, total, seconds } = result
  const lost = Object.entries(faults).map(([kind, count]) => `${count} ${kind}`)
  return (
    `${name}: ${applied} applied once, ${refused} refused with the reason, ${result.miscounted.length} miscounted, ` +
    `${result.odd.length} otherwise; ${killed} kills of the server, ${result.hits} of them amid a push, ${pushes} pushes, faults: ${lost.join(', ')}; ` +
    `${shown} states shown, ${wrong.length} of them not ${total} in all; lowest balance on the server ${lowest}, ` +
    `shown ${result.lowestShown}; in ${seconds.toFixed(0)} s`
  )
}

const runOn = async (name: string, database: TestDatabase): Promise<readonly [boolean, string]> => {
  try {
    const result = await runTransfers({ database, devices, accounts, transfers, kills, seed: 1 })
    if (!holds(result)) console.error(JSON.stringify(result, undefined, 2))
    return [holds(result), show(name, result)]
  } finally {
    await database.close()
  }
}

export const proof: Proof = {
  title: `${devices} devices, ${transfers.toLocaleString('en')} transfers, with offline phases, a bad network and a server that is killed: every state adds up, no account goes below zero, each transfer is applied once or refused with its reason.`,
  async run() {
    await using postgres = await startPostgres()
    await using databases = postgresqlDatabases(postgres.url)
    const [sqliteHolds, sqlite] = await runOn('SQLite', await createSqliteDatabase())
    const [postgresHolds, postgresql] = await runOn('PostgreSQL', await databases.create())
    return { holds: sqliteHolds && postgresHolds, figure: `${sqlite}; ${postgresql}` }
  },
}
