import { describe, expect, test } from 'vitest'
import { databases, databaseNames } from '../../packages/server/test/support/stores.ts'
import { forkDevice, rewindDevice } from './restored/copies.ts'
import type { Noticed } from './restored/restore-server.ts'
import { restoreServer } from './restored/restore-server.ts'

const timeout = 120_000
const seed = 'small'

/** What each device met, in the order in which they spoke. */
const toldTo = ({ contacts }: Noticed): readonly (string | undefined)[] => contacts.map(({ told }) => told)

describe.each(databaseNames)('a server on %s that is set back', (name) => {
  test.each([
    { what: 'and stands where it was set back to', overtaken: false },
    { what: 'and has gone further than it ever was', overtaken: true },
  ])(
    '[P12] [CU4] $what: each device is told at its first word, and nothing is lost',
    { timeout },
    async ({ overtaken }) => {
      const database = await databases[name]()
      const result = await restoreServer({ database, seed, forgotten: 12, overtaken })
      await database.close()
      expect(result.violations).toEqual([])
      expect(toldTo(result)).toEqual(Array.from({ length: 4 }, () => 'RESET_REQUIRED epoch_changed'))
      expect(result.contacts.every(({ atOnce }) => atOnce)).toBe(true)
    },
  )
})

describe.each([
  { when: 'while it is closed', running: false },
  { when: 'while it runs', running: true },
])("a device's file, copied $when", ({ running }) => {
  test(
    '[P12] [PR6] goes on in two places: the second to speak is told, and nothing is lost',
    { timeout },
    async () => {
      const database = await databases.SQLite()
      const result = await forkDevice({ database, seed, running })
      await database.close()
      expect(result.violations).toEqual([])
      expect(toldTo(result)).toEqual([undefined, 'forked'])
    },
  )

  test(
    '[P12] [PR6] [AP8] is put back later: the device is told, and nothing is lost',
    { timeout },
    async () => {
      const database = await databases.SQLite()
      const result = await rewindDevice({ database, seed, running })
      await database.close()
      expect(result.violations).toEqual([])
      expect(toldTo(result)).toEqual(['forked'])
    },
  )
})
