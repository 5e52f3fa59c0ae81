import { describe, expect, test } from 'vitest'
import { databases, databaseNames } from '../../packages/server/test/support/stores.ts'
import { killBrowser } from './kill-browser.ts'
import { killClient } from './kill-client.ts'
import { killServer } from './kill-server.ts'

const timeout = 180_000
const seed = 'small'

describe('kill -9', () => {
  test(
    '[P01] [P02] [P03] [P05] a device that is killed loses nothing, and nothing is torn',
    { timeout },
    async () => {
      const { killed, acknowledged, applied, survived, violations } = await killClient({
        kills: 10,
        seed,
      })
      expect(violations).toEqual([])
      expect(killed).toMatchObject({ opening: 2, working: 8 })
      expect(acknowledged).toBeGreaterThan(0)
      expect(applied).toBe(acknowledged + survived)
    },
  )

  test('a storage that tears its commits does not pass', { timeout }, async () => {
    const run = killClient({ kills: 30, seed, planted: true })
    const noticed = await run.then(
      ({ violations }) => violations,
      (error: unknown) => [error],
    )
    expect(noticed).not.toEqual([])
  })

  test('[P01] [P02] [P03] [P05] so it is with a browser and IndexedDB', { timeout }, async () => {
    const moments = ['writing', 'syncing', 'opening', 'working'] as const
    const { killed, acknowledged, applied, survived, violations } = await killBrowser({ moments, seed })
    expect(violations).toEqual([])
    expect(killed).toEqual({ writing: 1, syncing: 1, opening: 1, working: 1 })
    expect(acknowledged).toBeGreaterThan(0)
    expect(applied).toBe(acknowledged + survived)
  })

  test.each(databaseNames)(
    '[P03] [P04] [P06] [P08] servers on %s are killed: each operation takes effect once, and all devices agree',
    { timeout },
    async (name) => {
      const database = await databases[name]()
      const processes = name === 'SQLite' ? 1 : 2
      const result = await killServer({ kills: 6, seed, database, processes, devices: 2 })
      await database.close()
      expect(result.violations).toEqual([])
      expect(result.kills).toBe(6)
      expect(result.requests.cut).toBeGreaterThan(0)
      expect(result.applied).toBe(result.acknowledged)
    },
  )

  test('a server that stores verdicts apart from rows does not pass', { timeout }, async () => {
    const database = await databases.SQLite()
    const { violations } = await killServer({
      kills: 12,
      seed,
      database,
      processes: 1,
      devices: 2,
      planted: true,
    })
    await database.close()
    expect(violations).not.toEqual([])
  })
})
