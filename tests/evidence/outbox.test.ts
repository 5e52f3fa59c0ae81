import { describe, expect, test } from 'vitest'
import { databaseNames, databases } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { runOutbox } from '../outbox/run-outbox.ts'

const kills = Number(process.env['HOLDFAST_KILLS'] ?? 4)

describe.each(databaseNames)('%s', (name) => {
  test(
    '[OX9] a server that is killed at any moment: each committed batch is delivered, in the order of its scope',
    { timeout: 60_000 + kills * 10_000 },
    async () => {
      const seed = process.env['HOLDFAST_SEED'] ?? `${Date.now()}`
      const database = await databases[name]()
      const run = await runOutbox(database, kills, seed)
      await database.close()
      figure(
        `${name}: ${run.kills} kills, ${run.committed} batches committed, ${run.missing.length} not delivered, ${run.repeated} repetitions (seed ${seed})`,
      )
      expect(run.committed).toBeGreaterThan(kills)
      expect(run).toMatchObject({ missing: [], invented: [], early: [] })
    },
  )
})
