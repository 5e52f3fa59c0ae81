import { postgresqlDatabases } from '../../../packages/server/test/support/postgresql-databases.ts'
import { runForeignTransaction, type Latencies } from '../../../tests/processes/foreign-transaction.ts'
import { startPostgres } from '../../postgres/start-postgres.ts'
import type { Proof } from '../proof.ts'

const seconds = 30

/** A feed that waits for foreign transactions would be as late as they are long. */
const longestMs = 2_000

const show = ({ pushes, medianMs, slowestPushMs, slowestPullMs, late }: Latencies): string =>
  `${pushes} pushes, half within ${medianMs.toFixed(0)} ms, slowest push ${slowestPushMs.toFixed(0)} ms, ` +
  `slowest pull ${slowestPullMs.toFixed(0)} ms, ${late} late`

export const proof: Proof = {
  title: 'A foreign transaction held open on another table delays no push and no pull, and hides nothing.',
  async run() {
    await using postgres = await startPostgres()
    await using databases = postgresqlDatabases(postgres.url)
    const database = await databases.create()
    const { before, beside, after } = await runForeignTransaction(database, seconds)
    await database.close()
    const slowest = Math.max(beside.slowestPushMs, beside.slowestPullMs)
    // Half and double are the noise of a busy machine.
    const usual = 2 * Math.max(before.medianMs, after.medianMs)
    return {
      holds: beside.late === 0 && beside.medianMs < usual && slowest < longestMs,
      figure:
        `${postgres.source}: in ${seconds} s beside the open transaction ${show(beside)}; ` +
        `without it, before: ${show(before)}, and after: ${show(after)}`,
    }
  },
}
