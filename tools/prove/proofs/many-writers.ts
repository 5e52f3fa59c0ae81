import { postgresqlDatabases } from '../../../packages/server/test/support/postgresql-databases.ts'
import { runManyWriters, type Seen } from '../../../tests/processes/many-writers.ts'
import { startPostgres } from '../../postgres/start-postgres.ts'
import type { Proof } from '../proof.ts'

const writers = 8
const creates = 500
const shared = 50

const show = ({ records, pushes, pulls, lost, wentDown, seconds }: Seen): string =>
  `${records} records by ${pushes} pushes in ${seconds.toFixed(1)} s, ${pulls} pulls meanwhile: ` +
  `${lost.length} lost, ${wentDown} versions went down`

export const proof: Proof = {
  title: 'Many writers over two server processes: a reader misses nothing, and no version goes down.',
  async run() {
    await using postgres = await startPostgres()
    await using databases = postgresqlDatabases(postgres.url)
    const run = async (sequenceFeed: boolean): Promise<Seen> => {
      const database = await databases.create()
      const load = { processes: 2, writers, creates, shared, batch: 10, commitDelayMs: 20 }
      try {
        return await runManyWriters({ database, ...load, sequenceFeed })
      } finally {
        await database.close()
      }
    }
    const real = await run(false)
    const planted = await run(true)
    const complete = real.records === writers * creates + shared
    return {
      holds: complete && real.lost.length === 0 && real.wentDown === 0 && planted.lost.length > 0,
      figure:
        `${postgres.source}, ${writers} writers, 2 processes: ${show(real)}; ` +
        `planted, positions from a database sequence: ${show(planted)}`,
    }
  },
}
