import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { postgresBroadcaster, redisBroadcaster, type Broadcaster } from '@holdfast/server/broadcasters'
import { Client } from 'pg'
import { createClient } from 'redis'
import { describe, expect, test, vi } from 'vitest'
import { sharedPostgres } from '../support/shared-postgres.ts'
import { sharedRedis } from '../support/shared-redis.ts'
import { silent } from '../support/world.ts'
import { startGate } from './gate.ts'

/** Runs a process that publishes a hint and closes. @returns what it left open, once it has ended by itself */
const runAndClose = async (kind: string, url: string, channel: string, wait: number): Promise<unknown> => {
  const file = `${import.meta.dirname}/../children/broadcaster-that-closes.ts`
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--conditions=holdfast-source', '--no-warnings'],
    ...[file, kind, url, channel, `${wait}`],
  ])
  return JSON.parse(stdout)
}

const listening = (broadcaster: Broadcaster) => {
  const heads = new Map<string, number>()
  let isListening = false
  broadcaster.subscribe({
    onHint: ({ scope, head }) => void heads.set(scope, head),
    onGap() {
      isListening = true
    },
    onClose: () => undefined,
  })
  return { heads, isListening: () => isListening }
}

describe.each([
  {
    kind: 'postgres',
    name: 'PostgreSQL',
    server: async () => (await (await sharedPostgres()).createEmpty()).url,
    open: (url: string, channel: string) =>
      postgresBroadcaster({ client: () => new Client(url), channel, logger: silent }),
    away: 'postgres://nobody@127.0.0.1:1/none',
  },
  {
    kind: 'redis',
    name: 'Redis',
    server: sharedRedis,
    open: (url: string, channel: string) =>
      redisBroadcaster({ client: () => createClient({ url }), channel, logger: silent }),
    away: 'redis://127.0.0.1:1',
  },
])('$name', ({ kind, server, open, away }) => {
  test('[BC11] what is published before the connection is there goes out before close, and nothing is left', async () => {
    const [url, channel] = [await server(), `holdfast-${randomUUID()}`]
    const broadcaster = open(url, channel)
    const ear = listening(broadcaster)
    await vi.waitFor(() => expect(ear.isListening()).toBe(true), { timeout: 5_000 })
    expect(await runAndClose(kind, url, channel, 0)).toEqual([])
    await vi.waitFor(() => expect(ear.heads.get('last')).toBe(7))
    await broadcaster.close()
  })

  test('[BC11] where there is no server, nothing is left', async () => {
    expect(await runAndClose(kind, away, 'holdfast', 0)).toEqual([])
    expect(await runAndClose(kind, away, 'holdfast', 700)).toEqual([])
  })

  test('[BC10] a server that never answers holds close up for seconds at most', async () => {
    await using gate = await startGate()
    const url = new URL(away)
    url.port = `${gate.port}`
    const broadcaster = open(url.href, 'holdfast')
    broadcaster.publish({ scope: 'team-1', head: 1 })
    await vi.waitFor(() => expect(gate.count()).toBeGreaterThan(0))
    const start = performance.now()
    await broadcaster.close()
    expect(performance.now() - start).toBeLessThan(8_000)
  })
})

test('[BC11] Redis: of a server that never answers nothing is left', async () => {
  await using gate = await startGate()
  expect(await runAndClose('redis', `redis://127.0.0.1:${gate.port}`, 'holdfast', 500)).toEqual([])
})
