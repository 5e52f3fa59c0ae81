import { createMetrics, type ServerEvent, type Span, type Tracer } from '@holdfast/server'
import { describe, expect, test } from 'vitest'
import { storeNames, useWorld } from '../support/stores.ts'
import { create, memoryWorld, scope, testEnvironment, type Caller } from '../support/world.ts'

const ctx: Caller = { user: { id: 'u-1' } }

/** Keeps what it is told. */
const recordingTracer = () => {
  const spans: { name: string; attributes: Record<string, unknown>; status: number; isEnded: boolean }[] = []
  const tracer: Tracer = {
    startActiveSpan(name, run) {
      const kept = { name, attributes: {} as Record<string, unknown>, status: 0, isEnded: false }
      spans.push(kept)
      const span: Span = {
        setAttribute: (key, value) => (kept.attributes[key] = value),
        setStatus: ({ code }) => (kept.status = code),
        end: () => void (kept.isEnded = true),
      }
      return run(span)
    },
  }
  return { spans, tracer }
}

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[MT1] each request is told with its time, its scope and its figures, and no value', async () => {
    const events: ServerEvent[] = []
    const environment = testEnvironment(1_750_000_060_000)
    const world = await start({ onEvent: (event) => events.push(event), environment })
    const client = world.client('c-1')
    await client.push(create(client, 'r-1', { title: 'secret' }), client.operation({ recordId: 'never' }))
    environment.at(1_750_000_090_000)
    await client.pull()
    await world.client('c-2').snapshot()
    await client.pullRaw({ cursor: 'secret' })
    await client.pullRaw({ scope: 'not mine' })
    await world.handlers.write(ctx, scope, ({ records }) =>
      records.put('notes', 'n', { id: 'n', text: 'secret' }),
    )

    const told = { type: 'answered', scope, code: undefined }
    expect(events).toMatchObject([
      {
        ...told,
        procedure: 'push',
        push: { operations: 2, results: { applied: 1, rejected: 1 }, head: 1, oldestMs: 60_000 },
      },
      { ...told, procedure: 'pull', page: { records: 1, hasMore: false, head: 1, oldestMs: 30_000 } },
      { ...told, procedure: 'snapshot', page: { records: 1, hasMore: false, head: 1, oldestMs: 30_000 } },
      { ...told, procedure: 'pull', code: 'INVALID' },
      { ...told, procedure: 'pull', scope: 'not mine', code: 'FORBIDDEN_OR_MISSING' },
      { type: 'written', scope, failed: false },
    ])
    expect(JSON.stringify(events)).not.toContain('secret')
  })

  test('[MT4] health reads the database', async () => {
    const world = await start()
    expect(await world.handlers.health()).toMatchObject({ status: 'ok' })
  })
})

test('[MT1] what onEvent throws, and what a hostile request brings, changes no answer', async () => {
  const logged: string[] = []
  const world = memoryWorld({
    onEvent: () => {
      throw new Error('the log is full')
    },
    logger: { error: (message) => logged.push(message) },
  })
  const client = world.client('c-1')
  const answer = await client.pushRaw([null, 7, { timestamp: 'x' }, create(client, 'r-1', { title: 'a' })])
  expect(answer).toMatchObject({ kind: 'answer' })
  for (const input of [null, 7, 'x', { scope: 7 }, { scope: 'x'.repeat(1_000) }]) {
    expect(await world.handlers.push(ctx, input)).toMatchObject({ kind: 'refused' })
  }
  expect(new Set(logged)).toEqual(new Set(['onEvent failed.']))
})

test('[MT2] each request and each write has a span, as OpenTelemetry has them', async () => {
  const { spans, tracer } = recordingTracer()
  const world = memoryWorld({
    tracer,
    scopes: (by) => {
      if (by.user.id === 'broken') throw new Error('secret')
      return [scope]
    },
  })
  const client = world.client('c-1')
  await client.push(create(client, 'r-1', { title: 'secret' }))
  await world.client('c-2', 'broken').pullRaw()
  await expect(
    world.handlers.write(ctx, scope, () => {
      throw new Error('secret')
    }),
  ).rejects.toThrow('secret')
  expect(spans).toEqual([
    { name: 'holdfast.push', attributes: { 'holdfast.scope': scope }, status: 0, isEnded: true },
    {
      name: 'holdfast.pull',
      attributes: { 'holdfast.scope': scope, 'holdfast.code': 'SERVER_FAILED' },
      status: 2,
      isEnded: true,
    },
    { name: 'holdfast.write', attributes: { 'holdfast.scope': scope }, status: 2, isEnded: true },
  ])
})

test('[MT3] metrics count requests, refusals, verdicts, writes and streams, and keep the oldest ages until they are read', async () => {
  const metrics = createMetrics()
  const environment = testEnvironment(1_750_000_005_000)
  const world = memoryWorld({ onEvent: metrics.onEvent, environment })
  const client = world.client('c-1')
  await client.push(create(client, 'r-1', { title: 'a' }), client.operation({ recordId: 'never' }))
  await client.push(create(client, 'r-2', { title: 'a' }))
  await client.pullRaw({ cursor: 'bad' })
  await expect(
    world.handlers.write(ctx, scope, () => {
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  const controller = new AbortController()
  const events = world.handlers.live(ctx, { protocol: 4, clientId: 'c', scopes: [scope] }, controller.signal)
  const iterator = events[Symbol.asyncIterator]()
  await iterator.next()
  const reading = metrics.read()
  expect(reading).toMatchObject({
    requests: { push: { count: 2, refused: {} }, pull: { count: 1, refused: { INVALID: 1 } } },
    operations: { applied: 2, rejected: 1 },
    writes: { count: 1, failed: 1 },
    openStreams: 1,
    oldestOperationMs: 5_000,
  })
  controller.abort()
  while ((await iterator.next()).done !== true) continue
  expect(metrics.read()).toMatchObject({ openStreams: 0, oldestOperationMs: 0, operations: { applied: 2 } })
})

test('[MT4] a database that can’t be read is failing, without a word on why; the log has it', async () => {
  const logged: unknown[] = []
  const { store } = memoryWorld()
  const world = memoryWorld({
    store: { ...store, read: () => Promise.reject(new Error('secret')) },
    logger: { error: (message) => logged.push(message) },
  })
  expect(await world.handlers.health()).toEqual({ status: 'failing', databaseMs: undefined })
  expect(logged).toEqual(['The database can not be read.'])
})
