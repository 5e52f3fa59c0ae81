import { expect, test } from 'vitest'
import { databaseNames, databases } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { runTransfers } from '../transfers/run-transfers.ts'
import { opening } from '../transfers/schema.ts'

const transfers = 120
const kills = 2
const accounts = 6

test.each(databaseNames)(
  `[SO9] [SO13] [P02] [P03] ${transfers} transfers between ${accounts} accounts, by a server that is killed ${kills} times, on %s`,
  { timeout: 180_000 },
  async (name) => {
    const database = await databases[name]()
    try {
      const result = await runTransfers({ database, devices: 3, accounts, transfers, kills, seed: 1 })
      figure(
        `${name}: ${result.applied} transfers applied, ${result.refused} refused, ${result.kills} kills, ` +
          `${result.shown} states shown, ${result.wrong.length} with a wrong sum`,
      )
      expect(result.odd).toEqual([])
      expect(result.miscounted).toEqual([])
      expect(result.applied + result.refused).toBe(transfers)
      expect(result.applied).toBeGreaterThan(0)
      expect(result.refused).toBeGreaterThan(0)
      expect(result.kills).toBe(kills)
      expect(result.pushes).toBeGreaterThan(kills)
      expect(result.wrong).toEqual([])
      expect(result.shown).toBeGreaterThan(transfers)
      expect(result.lowest).toBeGreaterThanOrEqual(0)
      expect(result.total).toBe(accounts * opening)
      expect(result.isEqual).toBe(true)
    } finally {
      await database.close()
    }
  },
)
