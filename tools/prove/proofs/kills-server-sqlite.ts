import { createSqliteDatabase } from '../../../packages/server/test/support/databases.ts'
import { killServer } from '../../../tests/kills/kill-server.ts'
import { killSeed, serverEvidence } from '../kill-figures.ts'
import type { Proof } from '../proof.ts'

const kills = 100

export const proof: Proof = {
  title: `A server on SQLite is killed ${kills} times under three devices: nothing is lost, each operation takes effect once, all devices agree.`,
  async run() {
    const database = await createSqliteDatabase()
    const result = await killServer({ kills, seed: killSeed(), database, processes: 1, devices: 3 })
    await database.close()
    return serverEvidence(kills, result)
  },
}
