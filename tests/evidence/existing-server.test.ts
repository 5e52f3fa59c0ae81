import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tellStory } from '../../examples/existing-server/src/story/story.ts'
import { databaseNames, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import { sharedPostgres } from '../../packages/server/test/support/shared-postgres.ts'
import { figure } from '../harness/figure.ts'

interface Empty {
  readonly url: string
  readonly remove: () => Promise<void>
}

const empty: Readonly<Record<DatabaseName, () => Promise<Empty>>> = {
  async SQLite() {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-existing-server-'))
    const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
    return { url: `file:${join(folder, 'server.db')}`, remove }
  },
  async PostgreSQL() {
    return { url: (await (await sharedPostgres()).createEmpty()).url, remove: async () => undefined }
  },
}

test.each(databaseNames)(
  '[FW2] [FW9] [FW13] [MM4] an app that was there before, on %s: a REST write, an admin’s SQL and an offline device’s write meet in one record, and all end equal',
  async (name) => {
    const { url, remove } = await empty[name]()
    const said: string[] = []
    try {
      const checks = await tellStory(url, (line) => said.push(line))
      expect(checks.filter(({ holds }) => !holds)).toEqual([])
      const compared = checks.filter(({ claim }) => claim.endsWith('sees what the database has'))
      expect(compared).toHaveLength(20)
      expect(said).toContain('Ada is online. She is asked about: title.')
      figure(
        `${name}: ${checks.length} claims hold, ${compared.length} times a device was compared with its rows`,
      )
    } finally {
      await remove()
    }
  },
)
