import {
  createOutboxWorker,
  type OutboxEvent,
  type OutboxWorker,
  type OutboxWorkerOptions,
} from '@holdfast/server'
import { inProcessBroadcaster } from '@holdfast/server/broadcasters'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { storeNames, useWorld } from '../support/stores.ts'
import {
  create,
  memoryWorld,
  scope,
  silent,
  testEnvironment,
  type Caller,
  type World,
} from '../support/world.ts'

const ctx: Caller = { user: { id: 'billing' } }
const workers: OutboxWorker[] = []
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop()
})

const start = <TDatabase>(
  { store }: Pick<World<TDatabase>, 'store'>,
  deliver: (event: OutboxEvent) => Promise<unknown>,
  more: Partial<OutboxWorkerOptions<TDatabase>> = {},
): OutboxWorker => {
  const worker = createOutboxWorker({ store, deliver, pollEvery: 5, logger: silent, ...more })
  workers.push(worker)
  return worker
}

const put = <TDatabase>(world: World<TDatabase>, id: string, where = scope): Promise<void> =>
  world.handlers.write(ctx, where, ({ records }) => records.put('notes', id, { id, text: 'secret' }))

describe.each(storeNames)('%s', (name) => {
  const open = useWorld(name)

  test('[OX1] each batch that changed something is told once, in order: who, which records, which operations, no values', async () => {
    const environment = testEnvironment()
    const world = await open({ outbox: true, environment })
    const client = world.client('c-1')
    await client.push(
      create(client, 'r-1', { title: 'secret' }),
      client.operation({ recordId: 'never', value: { title: 'secret' } }),
    )
    await client.push(client.operation({ recordId: 'never' }))
    await put(world, 'n-1')
    await expect(
      world.handlers.write(ctx, scope, async ({ records }) => {
        await records.put('notes', 'n-2', { id: 'n-2', text: 'secret' })
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    await client.push(client.operation({ recordId: 'r-1', type: 'delete', baseVersion: 1 }))

    const events: OutboxEvent[] = []
    start(world, async (event) => void events.push(event))
    await vi.waitFor(() => expect(events).toHaveLength(3))
    const at = environment.clock.now()
    expect(events).toEqual([
      {
        ...{ scope, head: 1, userId: 'u-1', clientId: 'c-1', at },
        records: [{ collection: 'todos', id: 'r-1', version: 1, deleted: false }],
        operations: [
          { id: 'c-1-op-1', collection: 'todos', recordId: 'r-1', type: 'create', kind: 'applied' },
          { id: 'c-1-op-2', collection: 'todos', recordId: 'never', type: 'update', kind: 'rejected' },
        ],
      },
      {
        ...{ scope, head: 2, userId: 'billing', clientId: '$server', at },
        records: [{ collection: 'notes', id: 'n-1', version: 1, deleted: false }],
        operations: [],
      },
      {
        ...{ scope, head: 3, userId: 'u-1', clientId: 'c-1', at },
        records: [{ collection: 'todos', id: 'r-1', version: 2, deleted: true }],
        operations: [
          { id: 'c-1-op-4', collection: 'todos', recordId: 'r-1', type: 'delete', kind: 'applied' },
        ],
      },
    ])
    await workers[0]?.stop()
    const again: OutboxEvent[] = []
    start(world, async (event) => void again.push(event))
    await put(world, 'n-3')
    await vi.waitFor(() => expect(again.map(({ head }) => head)).toEqual([4]))
  })

  test('[OX2] without the option nothing is kept', async () => {
    const world = await open()
    await put(world, 'n-1')
    expect(await world.store.outbox?.claim({ by: 'a', now: 1, until: 2, limit: 10 })).toEqual([])
  })
})

test('[OX3] one that fails is tried again, and holds up its scope alone; the order stays', async () => {
  const world = memoryWorld({ outbox: true })
  for (const id of ['a', 'b', 'c']) await put(world, id)
  await put(world, 'd', 'team-2')
  const heard: string[] = []
  let failures = 2
  const now = testEnvironment(1_900_000_000_000)
  start(
    world,
    async ({ scope: where, head }) => {
      if (where === scope && head === 2 && failures > 0) {
        failures -= 1
        throw new Error('The queue is full.')
      }
      heard.push(`${where} ${head}`)
    },
    { environment: now },
  )
  await vi.waitFor(() => {
    // What waits a second or two is due then.
    now.at(now.clock.now() + 1_000)
    expect(heard).toHaveLength(4)
  })
  expect(heard.filter((text) => text.startsWith(scope))).toEqual([`${scope} 1`, `${scope} 2`, `${scope} 3`])
  expect(failures).toBe(0)
})

test('[OX4] a worker that died leaves its events to others once its claim is over', async () => {
  const world = memoryWorld({ outbox: true })
  await put(world, 'a')
  const environment = testEnvironment()
  const now = environment.clock.now()
  await world.store.outbox?.claim({ by: 'dead', now, until: now + 60_000, limit: 10 })
  const heard: number[] = []
  start(world, async ({ head }) => void heard.push(head), { environment })
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(heard).toEqual([])
  environment.at(now + 60_000)
  await vi.waitFor(() => expect(heard).toEqual([1]))
})

test('[OX5] stop waits for the event under way, and gives back what was claimed beyond it', async () => {
  const world = memoryWorld({ outbox: true })
  for (const id of ['a', 'b', 'c']) await put(world, id)
  const heard: number[] = []
  let release = (): void => undefined
  const worker = start(world, async ({ head }) => {
    heard.push(head)
    await new Promise<void>((resolve) => {
      release = resolve
    })
  })
  await vi.waitFor(() => expect(heard).toEqual([1]))
  const stopped = worker.stop()
  release()
  await stopped
  expect(heard).toEqual([1])
  start(world, async ({ head }) => void heard.push(head))
  await vi.waitFor(() => expect(heard).toEqual([1, 2, 3]))
})

test('[OX6] several workers: each event once where nobody dies, each scope in order', async () => {
  const world = memoryWorld({ outbox: true })
  const scopes = ['s-1', 's-2', 's-3', 's-4']
  for (let index = 0; index < 25; index += 1)
    for (const where of scopes) await put(world, `n-${index}`, where)
  const heard: string[] = []
  for (let index = 0; index < 4; index += 1) {
    start(
      world,
      async ({ scope: where, head }) => {
        await new Promise((resolve) => setTimeout(resolve, head % 3))
        heard.push(`${where} ${head}`)
      },
      { batch: 3 },
    )
  }
  await vi.waitFor(() => expect(heard.length).toBeGreaterThanOrEqual(100), { timeout: 10_000 })
  expect(heard).toHaveLength(100)
  for (const where of scopes) {
    const own = heard.filter((text) => text.startsWith(where))
    expect(own).toEqual(own.map((_, index) => `${where} ${index + 1}`))
  }
})

test('[OX7] with the broadcaster it looks at once', async () => {
  const broadcaster = inProcessBroadcaster()
  const world = memoryWorld({ outbox: true, broadcaster })
  const heard: number[] = []
  start(world, async ({ head }) => void heard.push(head), { pollEvery: 3_600_000, broadcaster })
  await put(world, 'a')
  await vi.waitFor(() => expect(heard).toEqual([1]))
})

test('[OX8] a store that keeps no events is refused, by router and worker', () => {
  const { store } = memoryWorld()
  const { outbox: _, ...poor } = store
  const misconfigured = expect.objectContaining({ code: 'MISCONFIGURED' }) as Error
  expect(() => memoryWorld({ store: poor, outbox: true })).toThrowError(misconfigured)
  expect(() => createOutboxWorker({ store: poor, deliver: async () => undefined })).toThrowError(
    misconfigured,
  )
})
