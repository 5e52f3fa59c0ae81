import { randomUUID } from 'node:crypto'
import { redisBroadcaster, type Broadcaster } from '@holdfast/server/broadcasters'
import { broadcasterConformance, type BroadcasterPlace } from '@holdfast/server/testing'
import { createClient } from 'redis'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sharedRedis } from '../support/shared-redis.ts'
import { silent } from '../support/world.ts'
import { expectForeignMessagesSkipped } from './foreign-messages.ts'
import { startGate, type Gate } from './gate.ts'

const connect = async () => createClient({ url: await sharedRedis() }).connect()

const admin = async <TResult>(
  run: (client: Awaited<ReturnType<typeof connect>>) => Promise<TResult>,
): Promise<TResult> => {
  const client = await connect()
  try {
    return await run(client)
  } finally {
    await client.close()
  }
}

/** Ids of the connections with this name. */
const connectionsOf = (name: string): Promise<readonly number[]> =>
  admin(async (client) => {
    const list = await client.clientList()
    return list.filter((each) => each.name === name).map(({ id }) => id)
  })

const redisPlace = async (): Promise<BroadcasterPlace & { readonly channel: string }> => {
  const url = await sharedRedis()
  const channel = `holdfast-${randomUUID()}`
  const opened: Broadcaster[] = []
  return {
    channel,
    async open() {
      const broadcaster = redisBroadcaster({
        client: () => createClient({ url, name: channel }),
        channel,
        logger: silent,
      })
      opened.push(broadcaster)
      return broadcaster
    },
    async cut() {
      const ids = await connectionsOf(channel)
      await admin((client) => Promise.all(ids.map((id) => client.clientKill({ filter: 'ID', id }))))
    },
    async dispose() {
      await Promise.all(opened.map((broadcaster) => broadcaster.close()))
    },
  }
}

const throughGate = async (gate: Gate) => {
  const url = new URL(await sharedRedis())
  url.port = `${gate.port}`
  const errors: string[] = []
  const broadcaster = redisBroadcaster({
    client: () => createClient({ url: url.href }),
    channel: `holdfast-${randomUUID()}`,
    logger: { error: (message) => errors.push(message) },
  })
  const heard = { hints: new Map<string, number>(), gaps: 0, closes: 0 }
  broadcaster.subscribe({
    onHint: ({ scope, head }) => void heard.hints.set(scope, head),
    onGap() {
      heard.gaps += 1
    },
    onClose() {
      heard.closes += 1
    },
  })
  onTestFinished(() => broadcaster.close())
  return { broadcaster, errors, heard }
}

const gateToRedis = async (): Promise<Gate> => startGate(new URL(await sharedRedis()))

describe('Redis', () => {
  broadcasterConformance({ test, place: redisPlace })

  test('[BC7] the connection that listens and the one that speaks may be cut on their own', async () => {
    const place = await redisPlace()
    const broadcaster = await place.open()
    const heard = { gaps: 0, heads: new Set<number>() }
    broadcaster.subscribe({
      onHint: ({ head }) => void heard.heads.add(head),
      onGap() {
        heard.gaps += 1
      },
      onClose: () => undefined,
    })
    await vi.waitFor(() => expect(heard.gaps).toBe(1))
    let head = 0
    for (const type of ['pubsub', 'normal']) {
      const gaps = heard.gaps
      await admin(async (client) => {
        const list = await client.clientList({ TYPE: type === 'pubsub' ? 'PUBSUB' : 'NORMAL' })
        const own = list.filter(({ name }) => name === place.channel)
        expect(own).toHaveLength(1)
        for (const { id } of own) await client.clientKill({ filter: 'ID', id })
      })
      await vi.waitFor(() => expect(heard.gaps).toBeGreaterThan(gaps), { timeout: 5_000 })
      head += 1
      broadcaster.publish({ scope: 'team-1', head })
      await vi.waitFor(() => expect(heard.heads).toContain(head), { timeout: 5_000 })
    }
    await vi.waitFor(async () => expect(await connectionsOf(place.channel)).toHaveLength(2))
    await place.dispose()
  })

  test('[BC8] what anybody else says on the channel is skipped', async () => {
    const place = await redisPlace()
    const broadcaster = await place.open()
    await admin((client) =>
      expectForeignMessagesSkipped(broadcaster, (text) => client.publish(place.channel, text)),
    )
    await place.dispose()
  })

  test('[BC9] without a server it keeps trying, throws nothing, and closes', async () => {
    let attempts = 0
    const errors: unknown[] = []
    const broadcaster = redisBroadcaster({
      client() {
        attempts += 1
        return createClient({ url: 'redis://127.0.0.1:1' })
      },
      logger: { error: (message) => errors.push(message) },
    })
    broadcaster.publish({ scope: 'team-1', head: 1 })
    await vi.waitFor(() => expect(attempts).toBeGreaterThanOrEqual(6), { timeout: 3_000 })
    await broadcaster.close()
    expect(errors).toHaveLength(1)
    const before = attempts
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(attempts).toBe(before)
  })

  test('[BC9] a factory that throws is asked again', async () => {
    const url = await sharedRedis()
    let attempts = 0
    let gaps = 0
    const broadcaster = redisBroadcaster({
      client() {
        attempts += 1
        if (attempts < 3) throw new Error('not yet')
        return createClient({ url })
      },
      logger: silent,
    })
    broadcaster.subscribe({
      onHint: () => undefined,
      onGap() {
        gaps += 1
      },
      onClose: () => undefined,
    })
    await vi.waitFor(() => expect(gaps).toBe(1), { timeout: 5_000 })
    await broadcaster.close()
  })

  test('[BC9] while the server is away the newest hints wait, and go out once it is back', async () => {
    await using gate = await gateToRedis()
    const { broadcaster, errors, heard } = await throughGate(gate)
    await vi.waitFor(() => expect(heard.gaps).toBe(1))
    await gate.shut()
    for (let head = 1; head <= 100; head += 1) broadcaster.publish({ scope: 'team-1', head })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(heard.hints.size).toBe(0)
    await gate.open()
    await vi.waitFor(() => expect(heard.hints.get('team-1')).toBe(100), { timeout: 10_000 })
    expect(heard.gaps).toBe(2)
    expect(errors).toHaveLength(1)
  })

  test('[BC10] a server that stops to answer is given up, and holds up neither publish nor close', async () => {
    await using gate = await gateToRedis()
    const { broadcaster, heard } = await throughGate(gate)
    await vi.waitFor(() => expect(heard.gaps).toBe(1))
    expect(gate.count()).toBe(2)
    gate.swallow()
    broadcaster.publish({ scope: 'team-1', head: 1 })
    const start = performance.now()
    await broadcaster.close()
    expect(performance.now() - start).toBeLessThan(8_000)
    expect(heard.closes).toBe(1)
    await vi.waitFor(() => expect(gate.count()).toBe(0))
  })
})
