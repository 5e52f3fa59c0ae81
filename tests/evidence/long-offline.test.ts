import { expect, test } from 'vitest'
import { checksOf } from '../../examples/long-offline/src/checks.ts'
import { tellStory } from '../../examples/long-offline/src/story.ts'
import { databaseNames, databases } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'

const edits = 1_500

test.each(databaseNames)(
  '[RT2] [BK1] [PF4] [MG2] [CP9] three weeks offline, a schema change and a server that forgets, on %s: every operation is accounted for, and all end equal',
  { timeout: 300_000 },
  async (name) => {
    const database = await databases[name]()
    try {
      const story = { store: database.store, edits, compacts: true, seed: name, say: () => undefined }
      const ending = await tellStory(story)
      const checks = checksOf(ending, edits)
      expect(checks.filter(({ holds }) => !holds)).toEqual([])
      expect(checks.length).toBeGreaterThan(8)
      const { queued, sent, backup, accounts, answers, deadLetters } = ending
      expect(queued.after).toBeLessThan(queued.before / 2)
      const questions = Object.values(answers.questions).reduce((sum, count) => sum + count, 0)
      const fates = [...accounts.counts].map(([fate, { operations }]) => `${operations} ${fate}`)
      figure(
        `${name}: ${ending.made.length} operations in three weeks (${fates.join(', ')}); queue ${queued.before} -> ${queued.after}, ` +
          `${sent.operations} operations and ${sent.bytes} bytes in ${sent.requests} requests, backup of ${backup.size}, ` +
          `${questions} questions answered, ${deadLetters.length} dead letters with reasons, server and 4 devices equal`,
      )
    } finally {
      await database.close()
    }
  },
)
