import { inProcessBroadcaster } from '@holdfast/server/broadcasters'
import type { LiveEvent } from '@holdfast/core/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { storeNames, useWorld } from '../support/stores.ts'
import { create, memoryWorld, scope, type Caller, type World } from '../support/world.ts'

const ctx: Caller = { user: { id: 'u-1' } }
const input = { protocol: 4, clientId: 'c-1', scopes: [scope] }

const open: AbortController[] = []
afterEach(() => open.splice(0).forEach((controller) => controller.abort()))

interface Stream {
  readonly next: () => Promise<LiveEvent | undefined>
  /** All of the next events up to the first that fits. */
  readonly until: (kind: LiveEvent['kind']) => Promise<readonly LiveEvent[]>
  readonly abort: () => void
}

const listen = <TDatabase>(world: World<TDatabase>, more: object = {}, by = ctx): Stream => {
  const controller = new AbortController()
  open.push(controller)
  const events = world.handlers.live(by, { ...input, ...more }, controller.signal)[Symbol.asyncIterator]()
  const next = async (): Promise<LiveEvent | undefined> =>
    (await events.next()).value as LiveEvent | undefined
  return {
    next,
    async until(kind) {
      const all: LiveEvent[] = []
      for (;;) {
        const event = await next()
        if (event === undefined) throw new Error(`It ended before ${kind}.`)
        all.push(event)
        if (event.kind === kind) return all
      }
    },
    abort: () => controller.abort(),
  }
}

const put = <TDatabase>(world: World<TDatabase>, id: string, where = scope): Promise<void> =>
  world.handlers.write(ctx, where, ({ records }) => records.put('notes', id, { id, text: id }))

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[LV1] says where each scope stands, and again when a push, a write or a move raised it', async () => {
    const world = await start()
    const client = world.client('c-1')
    await client.push(create(client, 'r-1', { title: 'a' }))
    const stream = listen(world, { scopes: [scope, 'team-2'] })
    expect(await stream.next()).toEqual({ kind: 'open', beatMs: 20_000 })
    expect([await stream.next(), await stream.next()]).toEqual([
      { kind: 'hint', scope, head: 1 },
      { kind: 'hint', scope: 'team-2', head: 0 },
    ])
    await client.push(create(client, 'r-2', { title: 'b' }))
    expect(await stream.next()).toEqual({ kind: 'hint', scope, head: 2 })
    await put(world, 'n-1')
    expect(await stream.next()).toEqual({ kind: 'hint', scope, head: 3 })
    const move = { type: 'move', recordId: 'r-1', value: { to: 'team-2', patch: {} }, baseVersion: 1 }
    await client.push(client.operation(move))
    expect([await stream.next(), await stream.next()]).toEqual([
      { kind: 'hint', scope, head: 4 },
      { kind: 'hint', scope: 'team-2', head: 1 },
    ])
  })

  test('[LV2] what changed nothing, or was undone, is no news', async () => {
    const world = await start()
    const stream = listen(world)
    await stream.until('hint')
    const client = world.client('c-1')
    await client.push(client.operation({ recordId: 'never' }))
    await expect(
      world.handlers.write(ctx, scope, async ({ records }) => {
        await records.put('notes', 'n', { id: 'n', text: 'n' })
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    await put(world, 'n-1')
    expect(await stream.next()).toEqual({ kind: 'hint', scope, head: 1 })
  })
})

test('[LV3] of many changes a slow reader hears the newest alone', async () => {
  const world = memoryWorld()
  const stream = listen(world)
  await stream.until('hint')
  for (let index = 0; index < 50; index += 1) await put(world, `n-${index}`)
  expect(await stream.next()).toEqual({ kind: 'hint', scope, head: 50 })
})

test('[LV4] what happens between subscribing and looking is not missed', async () => {
  const world = memoryWorld()
  const stream = listen(world)
  expect(await stream.next()).toMatchObject({ kind: 'open' })
  await put(world, 'n-1')
  expect(await stream.next()).toEqual({ kind: 'hint', scope, head: 1 })
})

test('[LV5] scopes that the caller may not read are closed, at the start and later; a revocation is noticed in time', async () => {
  let allowed = [scope]
  const world = memoryWorld({ scopes: () => allowed, limits: { liveCheckMs: 20 } })
  const stream = listen(world, { scopes: ['team-9', scope] })
  expect(await stream.until('hint')).toEqual([
    { kind: 'open', beatMs: 20_000 },
    { kind: 'closed', scope: 'team-9' },
    { kind: 'hint', scope, head: 0 },
  ])
  allowed = []
  const rest = await stream.until('end')
  expect(rest.filter(({ kind }) => kind !== 'beat')).toEqual([
    { kind: 'closed', scope },
    { kind: 'end', retryAfterMs: 0 },
  ])
})

test('[LV6] heartbeats while nothing happens; it ends when its time is over', async () => {
  const world = memoryWorld({ limits: { liveBeatMs: 5, liveMs: 60 } })
  const stream = listen(world)
  const all = await stream.until('end')
  const beats = all.filter(({ kind }) => kind === 'beat').length
  expect(beats).toBeGreaterThanOrEqual(2)
  expect(all.at(-1)).toEqual({ kind: 'end', retryAfterMs: 0 })
  expect(await stream.next()).toBeUndefined()
})

test('[LV7] too many streams of a user or a process are refused, and a closed one makes room', async () => {
  const world = memoryWorld({ limits: { liveStreamsPerUser: 1, liveStreams: 2 } })
  const first = listen(world)
  await first.until('hint')
  const refused = {
    kind: 'refused',
    code: 'RATE_LIMITED',
    details: { retryAfterMs: expect.any(Number) as number },
  }
  expect(await listen(world).next()).toMatchObject(refused)
  const other = listen(world, { clientId: 'c-2' }, { user: { id: 'u-2' } })
  await other.until('hint')
  expect(await listen(world, { clientId: 'c-3' }, { user: { id: 'u-3' } }).next()).toMatchObject(refused)
  first.abort()
  expect(await first.next()).toBeUndefined()
  await listen(world).until('hint')
})

test('[LV8] bad requests are refusals: form, protocol, scopes, a client of somebody else, nobody', async () => {
  const world = memoryWorld()
  const client = world.client('c-1')
  await client.push(create(client, 'r-1', { title: 'a' }))
  const bad: readonly [object, Caller, string][] = [
    [{ scopes: 'team-1' }, ctx, 'INVALID'],
    [{ scopes: Array.from({ length: 65 }, (_, index) => `s-${index}`) }, ctx, 'INVALID'],
    [{ scopes: ['a\0b'] }, ctx, 'INVALID'],
    [{ protocol: 99 }, ctx, 'UPGRADE_REQUIRED'],
    [{}, { user: { id: '' } }, 'AUTH_REQUIRED'],
  ]
  for (const [more, by, code] of bad) {
    expect(await listen(world, more, by).next()).toMatchObject({ kind: 'refused', code })
  }
  const stranger = listen(world, {}, { user: { id: 'u-2' } })
  expect((await stranger.until('refused')).at(-1)).toMatchObject({ code: 'FORBIDDEN_OR_MISSING' })
})

test('[LV9] where hints may have been lost, it looks where the scopes stand; with the broadcaster it ends', async () => {
  const broadcaster = inProcessBroadcaster()
  let gap = (): void => undefined
  const world = memoryWorld({
    broadcaster: {
      ...broadcaster,
      publish: () => undefined,
      subscribe(listener) {
        gap = listener.onGap
        return broadcaster.subscribe(listener)
      },
    },
  })
  const stream = listen(world)
  await stream.until('hint')
  await put(world, 'n-1')
  gap()
  expect(await stream.next()).toEqual({ kind: 'hint', scope, head: 1 })
  await broadcaster.close()
  const end = await stream.next()
  expect(end).toMatchObject({ kind: 'end' })
})

test('[LV10] a failure of the app’s scopes is a refusal without details, and ends the stream', async () => {
  const world = memoryWorld({
    scopes: () => {
      throw new Error('canary')
    },
  })
  const stream = listen(world)
  const refused = (await stream.until('refused')).at(-1)
  expect(refused).toMatchObject({ code: 'SERVER_FAILED' })
  expect(JSON.stringify(refused)).not.toContain('canary')
  expect(await stream.next()).toBeUndefined()
})
