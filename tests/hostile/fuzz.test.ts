import { describe, expect, test, vi } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { findAftermath } from './fuzz/aftermath.ts'
import { runFuzz } from './fuzz/run-fuzz.ts'
import { procedureNames } from './fuzz/valid.ts'
import { startServer, type HostedServer } from './start-server.ts'
import { openStreams } from './streams.ts'

/** Of each procedure, on SQLite; a fifth of it on PostgreSQL. `pnpm prove wire-fuzz` sends 5,000. */
const requests = Number(process.env['HOLDFAST_FUZZ_REQUESTS'] ?? 300)
const seed = process.env['HOLDFAST_SEED'] ?? `${Date.now()}`

/** As many as one user may have: none of those that were given up is still counted. */
const expectNoStreamLeft = (server: HostedServer): Promise<void> =>
  vi.waitFor(
    async () => {
      const open = await openStreams(server.url, 'ada', 3)
      open.close()
      expect(open.first).toEqual(Array(3).fill('open'))
    },
    { timeout: 20_000, interval: 500 },
  )

describe.each(databaseNames)('%s', (database) => {
  test(
    '[HX1] [HX2] whatever comes is answered as the protocol says or refused, and the server goes on as before',
    { timeout: 60_000 + requests * 600 },
    async () => {
      await using server = await startServer(database)
      const each = database === 'SQLite' ? requests : Math.ceil(requests / 5)
      const statuses = new Map<string, number>()
      let answered = 0
      for (const name of procedureNames) {
        const fuzzed = await runFuzz({ url: server.url, name, requests: each, seed })
        expect({ name, seed, problems: fuzzed.problems.slice(0, 5) }).toEqual({ name, seed, problems: [] })
        for (const [status, count] of fuzzed.statuses)
          statuses.set(status, (statuses.get(status) ?? 0) + count)
        for (const count of fuzzed.answered.values()) answered += count
      }
      await expectNoStreamLeft(server)
      const { failures, logged } = await server.report()
      expect({ failures, logged }).toEqual({ failures: [], logged: [] })

      const { statuses: states, one, other, server: rows, misplaced } = await findAftermath(server)
      expect(states).toEqual(Array(6).fill('synced'))
      expect(one).toEqual(rows)
      expect(other).toEqual(rows)
      expect(misplaced).toBe(0)
      const kinds = [...statuses].map(([status, count]) => `${status} ${count} times`).toSorted()
      figure(
        `${database}, seed ${seed}: ${each} requests to each procedure: ${kinds.join(', ')}; ${answered} of them with an answer`,
      )
    },
  )
})

test('[HX1] a server that fails now and then is found out', async () => {
  await using server = await startServer('SQLite', 'failing')
  const { problems } = await runFuzz({ url: server.url, name: 'pull', requests: 300, seed })
  expect(problems.some((problem) => problem.includes('the server failed'))).toBe(true)
  expect((await server.report()).logged).not.toEqual([])
})
