import { describe, expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { emptyLogHead, logHeadEntry } from '../../src/oplog/entries.ts'
import { hasRoomForHeld } from '../../src/oplog/held.ts'
import { logKey } from '../../src/oplog/keys.ts'
import { maxWaiting, type PushInput } from '../../src/protocol/push.ts'
import { createStore } from '../../src/storage/store.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { localServer, scope } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'

interface Busy {
  readonly server: ReturnType<typeof localServer>
  /** The server can't decide on records with this title. */
  busy: boolean
}

/** A server that can't decide, for now, on records called `waits`. */
const busyServer = (): Busy => {
  const state: { busy: boolean } = { busy: true }
  const server = localServer({
    authorize({ after, before }) {
      const isConcerned = [after, before].some((record) => record?.['title'] === 'waits')
      if (state.busy && isConcerned) throw new SyncError('SERVER_FAILED', 'The ledger is closed.', {})
      return true
    },
  })
  return Object.assign(state, { server })
}

/** Fires what waits until the client stands still and has nothing to send. */
const settle = async ({ client, environment }: TestClient): Promise<void> => {
  client.start()
  void client.syncNow()
  for (;;) {
    const state = await until(client.state$, ({ status }) => status === 'waiting' || status === 'synced')
    if (state.status === 'synced') return
    environment.advance(600_000)
    await until(client.state$, ({ status }) => status !== 'waiting')
  }
}

/** A run, to its end in a wait for what is held back. */
const runOnce = async ({ client }: TestClient): Promise<void> => {
  client.start()
  void client.syncNow()
  await untilStatus(client, 'syncing')
  await until(client.state$, ({ status }) => status === 'waiting' || status === 'synced')
}

const watchPushes = ({ transport }: TestClient, count = 50): readonly PushInput[] => {
  const pushes: PushInput[] = []
  for (let index = 0; index < count; index += 1) {
    transport.once('push', (real) => (input, options) => {
      pushes.push(input)
      return real(input, options)
    })
  }
  return pushes
}

const recordsOf = ({ operations }: PushInput): string => operations.map(({ recordId }) => recordId).join()

const statuses = async ({ client }: TestClient): Promise<Readonly<Record<string, number>>> => {
  const counts: Record<string, number> = {}
  for (const { status } of await client.operations.list()) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

const queueOf = ({ client }: TestClient) => until(client.queue$, () => true)

const seenByOthers = async ({ server }: Busy): Promise<readonly string[]> => {
  await using other = await openClient({ user: 'u-2', transport: server('u-2') })
  await sync(other)
  return (await other.client.collections.tasks.find({ orderBy: { id: 'asc' } })).map(({ id }) => id)
}

describe('[CL88] [P08] what the server can not decide yet leaves the queue to strangers', () => {
  test.each([1, 250, 1_200])('%i operations of different records', { timeout: 60_000 }, async (count) => {
    const busy = busyServer()
    await using device = await openClient({ transport: busy.server('u-1') })
    const { tasks } = device.client.collections
    await Promise.all(
      Array.from({ length: count }, (_, index) => tasks.create({ id: `w${index}`, title: 'waits' })),
    )
    await tasks.create({ id: 'stranger', title: 'fine' })
    await runOnce(device)
    expect(await seenByOthers(busy)).toEqual(['stranger'])
    expect(device.client.state).toMatchObject({ status: 'waiting', error: { code: 'SERVER_FAILED' } })
    expect(await queueOf(device)).toMatchObject({ pending: 0, sent: count })
    // What comes later is sent at once, although they wait.
    const later = await tasks.create({ id: 'later', title: 'fine' })
    expect(await device.client.operations.settled(later.operationId)).toMatchObject({ status: 'COMPLETED' })
    busy.busy = false
    await settle(device)
    expect(await statuses(device)).toEqual({ COMPLETED: count + 2 })
    expect(await queueOf(device)).toMatchObject({ pending: 0, sent: 0 })
  })

  test('among strangers, each second one', { timeout: 60_000 }, async () => {
    const busy = busyServer()
    await using device = await openClient({ transport: busy.server('u-1') })
    const { tasks } = device.client.collections
    await Promise.all(
      Array.from({ length: 600 }, (_, index) =>
        tasks.create({ id: `r${index}`, title: index % 2 === 0 ? 'waits' : 'fine' }),
      ),
    )
    await runOnce(device)
    expect(await seenByOthers(busy)).toHaveLength(300)
    busy.busy = false
    await settle(device)
    expect(await seenByOthers(busy)).toHaveLength(600)
  })

  test('many operations of one record, of which the first waits', async () => {
    const busy = busyServer()
    await using device = await openClient({ transport: busy.server('u-1'), batch: { operations: 20 } })
    const { tasks } = device.client.collections
    await tasks.create({ id: 'w', title: 'waits' })
    for (let count = 1; count <= 100; count += 1) await tasks.update('w', { votes: count })
    await tasks.create({ id: 'stranger', title: 'fine' })
    await runOnce(device)
    expect(await seenByOthers(busy)).toEqual(['stranger'])
    // Those that were not in the first batch need not be sent before it is their turn.
    expect(await queueOf(device)).toMatchObject({ pending: 81, sent: 20 })
    busy.busy = false
    await settle(device)
    expect(await statuses(device)).toEqual({ COMPLETED: 102 })
    expect(await tasks.get('w')).toMatchObject({ votes: 100 })
  })

  test('they survive a restart', async () => {
    const busy = busyServer()
    const device = await openClient({ transport: busy.server('u-1') })
    const { tasks } = device.client.collections
    await tasks.create({ id: 'w', title: 'waits' })
    await tasks.update('w', { votes: 1 })
    await runOnce(device)
    const before = await device.client.operations.list()
    await using again = await device.restart()
    expect(await again.client.operations.list()).toEqual(before)
    busy.busy = false
    await settle(again)
    expect(await statuses(again)).toEqual({ COMPLETED: 2 })
  })

  test('a transaction is held back whole, and later operations of its records with it', async () => {
    const busy = busyServer()
    await using device = await openClient({ transport: busy.server('u-1'), batch: { operations: 4 } })
    const { client } = device
    const pushes = watchPushes(device)
    await client.collections.tasks.create({ id: 'a', title: 'fine' })
    await client.transaction(async ({ collections: { tasks } }) => {
      await tasks.update('a', { votes: 1 })
      await tasks.create({ id: 'b', title: 'waits' })
      await tasks.create({ id: 'c', title: 'fine' })
    })
    await client.collections.tasks.update('a', { votes: 2 })
    await client.collections.tasks.update('c', { votes: 2 })
    await client.collections.tasks.create({ id: 'd', title: 'fine' })
    await runOnce(device)
    expect(await seenByOthers(busy)).toEqual(['a', 'd'])
    expect(await client.collections.tasks.get('a')).toMatchObject({ votes: 2 })
    expect(pushes.map(recordsOf)).toEqual(['a,a,b,c', 'd'])
    busy.busy = false
    await settle(device)
    expect(await statuses(device)).toEqual({ COMPLETED: 7 })
    expect(await client.collections.tasks.find({ orderBy: { id: 'asc' } })).toMatchObject([
      { id: 'a', votes: 2 },
      { id: 'b' },
      { id: 'c', votes: 2 },
      { id: 'd' },
    ])
  })

  test.each([200, 1])('what refers to a record whose creation waits (batches of %i)', async (operations) => {
    const busy = busyServer()
    await using device = await openClient({ transport: busy.server('u-1'), batch: { operations } })
    const { tasks, parts } = device.client.collections
    await tasks.create({ id: 'w', title: 'waits' })
    const part = await parts.create({ id: 'p', title: 'part', task: 'w' })
    await tasks.create({ id: 'stranger', title: 'fine' })
    await runOnce(device)
    expect(await seenByOthers(busy)).toEqual(['stranger'])
    expect((await device.client.operations.get(part.operationId))?.fate.kind).toMatch(/pending|sent/)
    busy.busy = false
    await settle(device)
    expect(await statuses(device)).toEqual({ COMPLETED: 3 })
  })

  test('but not what refers to a record that is there, and of which an edit waits', async () => {
    const busy = busyServer()
    await using device = await openClient({ transport: busy.server('u-1') })
    const { tasks, parts } = device.client.collections
    await tasks.create({ id: 'w', title: 'fine' })
    await settle(device)
    await tasks.update('w', { title: 'waits' })
    const part = await parts.create({ id: 'p', title: 'part', task: 'w' })
    await runOnce(device)
    expect(await device.client.operations.get(part.operationId)).toMatchObject({ status: 'COMPLETED' })
  })
})

describe('[CL89] [P04] the order of a record’s operations is kept', () => {
  test('over two tabs, while the first of them waits', async () => {
    const busy = busyServer()
    const storage = memoryStorage()
    const tabs = [
      await openClient({ storage, transport: busy.server('u-1'), batch: { operations: 3 } }),
      await openClient({ storage, transport: busy.server('u-1'), batch: { operations: 3 } }),
    ] as const
    const [first, second] = tabs
    await first.client.collections.tasks.create({ id: 'r', title: 'waits' })
    for (let count = 1; count <= 12; count += 1) {
      const { client } = count % 2 === 0 ? first : second
      await client.collections.tasks.update('r', { votes: count })
      await client.collections.tasks.create({ id: `s${count}`, title: 'fine' })
      if (count % 4 === 0) await Promise.all(tabs.map(runOnce))
    }
    expect(await seenByOthers(busy)).toHaveLength(12)
    busy.busy = false
    await Promise.all(tabs.map(settle))
    const history = await first.client.operations.history('tasks', 'r')
    expect(history.map(({ fate }) => fate)).toMatchObject(
      history.map((_, index) => ({ kind: 'applied', version: index + 1 })),
    )
    expect(await second.client.collections.tasks.get('r')).toMatchObject({ votes: 12 })
    for (const { client } of tabs) await client.close()
  })

  test('they are tried again in the order made, and what builds on one that still waits is not sent', async () => {
    const busy = busyServer()
    await using device = await openClient({ transport: busy.server('u-1'), batch: { operations: 2 } })
    const { tasks } = device.client.collections
    await tasks.create({ id: 'a', title: 'waits' })
    await tasks.create({ id: 'b', title: 'waits' })
    await runOnce(device)
    await tasks.update('a', { votes: 1 })
    await tasks.update('b', { votes: 1 })
    await untilStatus(device.client, 'waiting')
    const pushes = watchPushes(device)
    await runOnce(device)
    expect(pushes.map(recordsOf)).toEqual(['a,b'])
    busy.busy = false
    await settle(device)
    expect(pushes.map(recordsOf)).toEqual(['a,b', 'a,b', 'a,b'])
  })

  test('also past a transaction that is passed over, from batch to batch', async () => {
    const busy = busyServer()
    await using device = await openClient({ transport: busy.server('u-1'), batch: { operations: 2 } })
    const { client } = device
    for (const id of ['a', 'b']) await client.collections.tasks.create({ id, title: 'fine' })
    await settle(device)
    await client.collections.tasks.update('a', { title: 'waits' })
    await runOnce(device)
    await client.transaction(async ({ collections: { tasks } }) => {
      await tasks.update('a', { votes: 1 })
      await tasks.update('b', { votes: 1 })
    })
    await client.collections.tasks.update('b', { votes: 2 })
    await untilStatus(client, 'waiting')
    const pushes = watchPushes(device)
    await runOnce(device)
    expect(pushes.map(recordsOf)).toEqual(['a'])
    busy.busy = false
    await settle(device)
    const history = await client.operations.history('tasks', 'b')
    expect(history.map(({ fate }) => fate)).toMatchObject([{ version: 1 }, { version: 2 }, { version: 3 }])
  })

  test('[EN37] not with each write meanwhile, but when their time has come', async () => {
    const busy = busyServer()
    await using device = await openClient({ transport: busy.server('u-1') })
    const { client, environment } = device
    await client.collections.tasks.create({ id: 'w', title: 'waits' })
    await runOnce(device)
    const pushes = watchPushes(device)
    for (const id of ['a', 'b', 'c']) {
      const { operationId } = await client.collections.tasks.create({ id, title: 'fine' })
      await client.operations.settled(operationId)
      await untilStatus(client, 'waiting')
    }
    expect(pushes.map(recordsOf)).toEqual(['a', 'b', 'c'])
    busy.busy = false
    environment.advance(600_000)
    await untilStatus(client, 'synced')
    expect(pushes.map(recordsOf)).toEqual(['a', 'b', 'c', 'w'])
  })
})

describe('[CL90] push names the numbers of those that are left out', () => {
  test('as long as they wait', async () => {
    const busy = busyServer()
    await using device = await openClient({ transport: busy.server('u-1') })
    const { tasks } = device.client.collections
    const pushes = watchPushes(device)
    await tasks.create({ id: 'a', title: 'waits' })
    await tasks.create({ id: 'b', title: 'waits' })
    await runOnce(device)
    await tasks.create({ id: 'c', title: 'fine' })
    await untilStatus(device.client, 'waiting')
    busy.busy = false
    await settle(device)
    expect(pushes.map((push) => [recordsOf(push), push.waiting])).toEqual([
      ['a,b', undefined],
      ['c', [1, 2]],
      ['a,b', undefined],
    ])
  })

  test('and no more of them are held back than one push can name; those that were never sent need no name', () => {
    const sent = { clientSeq: 1 } as Parameters<typeof hasRoomForHeld>[1][number]
    const fresh = { clientSeq: undefined } as typeof sent
    const head = { ...emptyLogHead, heldSent: maxWaiting - 1, held: maxWaiting + 5_000 }
    expect(hasRoomForHeld(head, [sent])).toBe(true)
    expect(hasRoomForHeld(head, [sent, sent])).toBe(false)
    expect(hasRoomForHeld(head, [fresh, sent, fresh])).toBe(true)
  })
})

test('[CL92] what earlier code stored is read: a log that holds nothing back', async () => {
  const storage = memoryStorage()
  const device = await openClient({ storage })
  await device.client.collections.tasks.create({ id: 'a', title: 'old' })
  await device.client.close()

  const store = createStore(await storage.open('u-1'))
  await store.update(async (workspace) => {
    await workspace.read([{ get: logKey(scope) }])
    const { held, heldSent, ...old } = logHeadEntry.decode(workspace.value(logKey(scope)) ?? '')
    expect([held, heldSent]).toEqual([0, 0])
    workspace.put(logKey(scope), JSON.stringify(old))
  })
  await store.close()

  await using again = await openClient({ storage, transport: device.transport })
  await again.client.collections.tasks.update('a', { title: 'new' })
  expect(await sync(again)).toMatchObject({ status: 'synced' })
  expect(await queueOf(again)).toMatchObject({ pending: 0, sent: 0 })
  expect(await statuses(again)).toEqual({ COMPLETED: 2 })
})
