import { expect, test } from 'vitest'
import { figure } from '../harness/figure.ts'
import { ask } from './ask.ts'
import { operationsOf, pushOf } from './bombs/bomb.ts'
import { bombs } from './bombs/bombs.ts'
import { startHeartbeat } from './bombs/heartbeat.ts'
import { dawdle, postHead } from './bombs/pour.ts'
import { createSender } from './send.ts'
import { startServer, type HostedServer } from './start-server.ts'
import { openStreams } from './streams.ts'

/** Milliseconds for which no request may keep the server's event loop to itself. */
const longestTurn = 250

/** What a server does when it has just started is compiled while it is done. */
const warmUp = async (server: HostedServer): Promise<void> => {
  using sender = createSender(server.url)
  for (let round = 0; round < 5; round += 1) {
    const id = `warm-${round}`
    const operations = operationsOf(id, 200, (recordId) => JSON.stringify({ id: recordId, title: 'x' }))
    await ask(sender, 'mallory', 'push', JSON.parse(pushOf(id, operations)))
  }
  await server.report()
}

test(
  '[HX8] no request keeps the event loop to itself, and meanwhile others are answered',
  { timeout: 300_000 },
  async () => {
    await using server = await startServer('SQLite')
    using sender = createSender(server.url)
    await warmUp(server)
    const turns: { readonly name: string; readonly turnMs: number; readonly delayMs: number }[] = []
    let answered = 0
    for (const { name, answer, drop } of bombs) {
      const heartbeat = startHeartbeat(server.url)
      const answers = await drop({ url: server.url, sender })
      answered += (await heartbeat.stop()).answered
      expect([name, answers.slice(0, 2_000)]).toEqual([name, expect.stringMatching(answer)])
      const { failures, logged, turnMs, delayMs } = await server.report()
      expect({ name, failures, logged }).toEqual({ name, failures: [], logged: [] })
      turns.push({ name, turnMs, delayMs })
    }
    const slowest = turns.toSorted((left, right) => right.turnMs - left.turnMs)
    const delay = Math.max(...turns.map(({ delayMs }) => delayMs))
    const shown = slowest.slice(0, 3).map(({ name, turnMs }) => `${Math.round(turnMs)} ms (${name})`)
    figure(
      `${bombs.length} bombs: the event loop was busy for at most ${shown.join(', ')} of CPU time; ` +
        `its longest delay on this machine, whatever else ran there: ${Math.round(delay)} ms; ${answered} pulls answered meanwhile`,
    )
    expect(slowest.filter(({ turnMs }) => turnMs >= longestTurn)).toEqual([])
    expect(answered).toBeGreaterThan(bombs.length)
  },
)

test('[HX8] 200 bodies that never end, and heads that never end, keep nobody from being answered', async () => {
  await using server = await startServer('SQLite')
  const start = postHead('/sync/push', ['Content-Length: 1000000'])
  const slow = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      dawdle(server.url, index % 2 === 0 ? start : start.slice(0, 40)),
    ),
  )
  const heartbeat = startHeartbeat(server.url)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const { answered, longest } = await heartbeat.stop()
  for (const socket of slow) socket.destroy()
  figure(
    `${slow.length} requests that never end: ${answered} others answered in a second, the slowest after ${Math.round(longest)} ms`,
  )
  expect(answered).toBeGreaterThan(10)
  expect(await server.report()).toMatchObject({ failures: [], logged: [] })
})

test('[HX8] of one user 3 live streams are open and the next are refused; others still get theirs', async () => {
  await using server = await startServer('SQLite')
  using sender = createSender(server.url)
  const listen = (user: string) =>
    ask(sender, user, 'live', { protocol: 4, clientId: 'c', scopes: [`team-${user}`] })
  const open = await openStreams(server.url, 'mallory', 3)
  expect(open.first).toEqual(Array(3).fill('open'))
  expect((await listen('mallory')).message).toMatchObject([{ kind: 'refused', code: 'RATE_LIMITED' }])
  expect((await listen('other')).message).toContainEqual({ kind: 'hint', scope: 'team-other', head: 0 })
  open.close()
  expect(await server.report()).toMatchObject({ failures: [], logged: [] })
})
