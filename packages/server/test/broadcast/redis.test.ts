import { randomUUID } from 'node:crypto'
import { systemEnvironment, type Environment } from '@holdfast/core'
import {
  redisBroadcaster,
  type Broadcaster,
  type RedisBroadcasterOptions,
} from '@holdfast/server/broadcasters'
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

/** A broadcaster on a channel of its own, and what a listener of it hears. */
const hearing = (client: RedisBroadcasterOptions['client'], environment?: Environment) => {
  const errors: Readonly<Record<string, unknown>>[] = []
  const broadcaster = redisBroadcaster({
    client,
    channel: `holdfast-${randomUUID()}`,
    logger: { error: (_, details) => errors.push(details) },
    ...(environment === undefined ? {} : { environment }),
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

const throughGate = async (gate: Gate, environment?: Environment) => {
  const url = new URL(await sharedRedis())
  url.port = `${gate.port}`
  return hearing(() => createClient({ url: url.href }), environment)
}

const gateToRedis = async (): Promise<Gate> => startGate(new URL(await sharedRedis()))

describe('Redis', () => {
  broadcasterConformance({ test, place: redisPlace })

  test('[BC7] the connection that listens and the one that speaks may be cut on their own', async () => {
    const [name, url] = [`holdfast-${randomUUID()}`, await sharedRedis()]
    const { broadcaster, heard } = hearing(() => createClient({ url, name }))
    await vi.waitFor(() => expect(heard.gaps).toBe(1))
    let head = 0
    for (const TYPE of ['PUBSUB', 'NORMAL'] as const) {
      const gaps = heard.gaps
      await admin(async (client) => {
        const own = (await client.clientList({ TYPE })).filter((each) => each.name === name)
        expect(own).toHaveLength(1)
        for (const { id } of own) await client.clientKill({ filter: 'ID', id })
      })
      await vi.waitFor(() => expect(heard.gaps).toBeGreaterThan(gaps), { timeout: 5_000 })
      head += 1
      broadcaster.publish({ scope: 'team-1', head })
      await vi.waitFor(() => expect(heard.hints.get('team-1')).toBe(head), { timeout: 5_000 })
    }
    await vi.waitFor(async () => expect(await connectionsOf(name)).toHaveLength(2))
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
    const { broadcaster, errors, heard } = hearing(() => {
      attempts += 1
      return createClient({ url: 'redis://127.0.0.1:1' })
    })
    broadcaster.publish({ scope: 'team-1', head: 1 })
    await vi.waitFor(() => expect(attempts).toBeGreaterThanOrEqual(6), { timeout: 3_000 })
    await broadcaster.close()
    expect(errors).toEqual([{ error: expect.objectContaining({ code: 'ECONNREFUSED' }) as unknown }])
    expect(heard).toMatchObject({ gaps: 0, closes: 1 })
    const before = attempts
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(attempts).toBe(before)
  })

  test('[BC9] a factory that throws is asked again', async () => {
    const url = await sharedRedis()
    let attempts = 0
    const { heard } = hearing(() => {
      attempts += 1
      if (attempts < 3) throw new Error('not yet')
      return createClient({ url })
    })
    await vi.waitFor(() => expect(heard.gaps).toBe(1), { timeout: 5_000 })
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

  test('[BC9] a server that takes no messages is not asked without a pause, nor told of each time', async () => {
    const [name, url] = [`holdfast-${randomUUID()}`, new URL(await sharedRedis())]
    const allow = (...rules: readonly string[]) =>
      admin((client) => client.sendCommand(['ACL', 'SETUSER', name, ...rules]))
    await allow('on', '>secret', 'allchannels', '+@all', '-publish')
    onTestFinished(async () => void (await admin((client) => client.sendCommand(['ACL', 'DELUSER', name]))))
    ;[url.username, url.password] = [name, 'secret']
    let attempts = 0
    const { broadcaster, errors, heard } = hearing(() => {
      attempts += 1
      return createClient({ url: url.href })
    })
    broadcaster.publish({ scope: 'team-1', head: 1 })
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    // Two for each attempt; the waits before them add up to 50, 150, 350, 750, 1550 ms at least.
    expect(attempts).toBeLessThanOrEqual(12)
    await vi.waitFor(() => expect(attempts).toBeGreaterThan(2), { timeout: 10_000 })
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ error: { message: expect.stringMatching(/^NOPERM/) as unknown } })
    await allow('+publish')
    await vi.waitFor(() => expect(heard.hints.get('team-1')).toBe(1), { timeout: 10_000 })
  })

  test('[BC10] a server that falls silent is given up', async () => {
    await using gate = await gateToRedis()
    const { broadcaster, heard } = await throughGate(gate, {
      ...systemEnvironment,
      timers: { after: (ms, run) => systemEnvironment.timers.after(ms / 5, run) },
    })
    await vi.waitFor(() => expect(heard.gaps).toBe(1))
    gate.fallSilent()
    broadcaster.publish({ scope: 'team-1', head: 1 })
    gate.speak()
    await vi.waitFor(() => expect(heard.hints.get('team-1')).toBe(1), { timeout: 20_000 })
    expect(heard.gaps).toBeGreaterThanOrEqual(2)
    await vi.waitFor(() => expect(gate.count()).toBe(2))
  })

  test('[BC10] a server that falls silent holds up neither publish nor, for more than seconds, close', async () => {
    await using gate = await gateToRedis()
    const { broadcaster, heard } = await throughGate(gate)
    await vi.waitFor(() => expect(heard.gaps).toBe(1))
    expect(gate.count()).toBe(2)
    gate.fallSilent()
    broadcaster.publish({ scope: 'team-1', head: 1 })
    const start = performance.now()
    await broadcaster.close()
    expect(performance.now() - start).toBeLessThan(8_000)
    expect(heard.closes).toBe(1)
    await vi.waitFor(() => expect(gate.count()).toBe(0))
  })
})
