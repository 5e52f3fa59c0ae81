import { SyncError, type WriteReceipt } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { openClient, type TestClient } from '../support/client.ts'
import { dyingStorage, type Death } from '../support/dying-storage.ts'
import { failing } from '../support/transports.ts'
import { copyOf, fateOf, openWorld, prune, shown, syncWell, versionOf, type RecoveryWorld } from './world.ts'

interface Case {
  readonly world: RecoveryWorld
  /** The device's storage at the moment when it is about to recover. */
  readonly storage: StorageAdapter
  /** Operations that have to end as applied. */
  readonly operations: readonly string[]
  /** Of these: nobody had decided them. */
  readonly undecided: readonly string[]
}

const page = { limits: { page: 2, maxPage: 2 } }

/** A device with records, lost operations, one that was sent, and one that was not; its server was set back. */
const lostHistory = async (): Promise<Case> => {
  const world = openWorld(page)
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  for (const id of ['a', 'b', 'c']) await other.client.collections.tasks.create({ id, title: id })
  await syncWell(other)
  const device = await world.open()
  await syncWell(device)
  const backup = world.backUp()
  await other.client.collections.tasks.create({ id: 'gone', title: 'gone' })
  await syncWell(other)
  await other.client.close()
  const { tasks } = device.client.collections
  const lost = [await tasks.create({ id: 'new', title: 'new' }), await tasks.update('a', { title: 'lost' })]
  await syncWell(device)
  const sent = await tasks.update('b', { title: 'sent' })
  device.transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  device.client.start()
  await device.client.syncNow()
  device.client.pause()
  const pending = await tasks.update('new', { done: true })
  await device.client.close()
  world.restore(backup)
  return toCase(world, world.storage, lost, [sent, pending])
}

/** As above, but the server lost nothing: it forgot what the device missed, and its cursor with that. */
const absence = async (): Promise<Case> => {
  const world = openWorld(page)
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  for (const id of ['a', 'b', 'c', 'gone']) await other.client.collections.tasks.create({ id, title: id })
  await syncWell(other)
  const device = await world.open()
  const { tasks } = device.client.collections
  await syncWell(device)
  const applied = [
    await tasks.create({ id: 'new', title: 'new' }),
    await tasks.update('a', { title: 'lost' }),
  ]
  await syncWell(device)
  const sent = await tasks.update('b', { title: 'sent' })
  device.transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  device.client.start()
  await device.client.syncNow()
  device.client.pause()
  const pending = await tasks.update('new', { done: true })
  await device.client.close()
  await other.client.collections.tasks.delete('gone')
  await syncWell(other)
  await other.client.close()
  await prune(world.state, 31)
  return toCase(world, world.storage, applied, [sent, pending])
}

const toCase = (
  world: RecoveryWorld,
  storage: StorageAdapter,
  applied: readonly WriteReceipt[],
  open: readonly WriteReceipt[],
): Case => {
  const undecided = open.map(({ operationId }) => operationId)
  return { world, storage, operations: [...applied.map((one) => one.operationId), ...undecided], undecided }
}

/** A copy of a device; the original has gone on, and has sent one of the two operations that both have. */
const copied = async (): Promise<Case> => {
  const world = openWorld(page)
  const device = await world.open({ batch: { operations: 1 } })
  const { tasks } = device.client.collections
  for (const id of ['a', 'b', 'c']) await tasks.create({ id, title: id })
  await syncWell(device)
  const both = [await tasks.update('a', { title: 'lost' }), await tasks.update('b', { title: 'sent' })]
  device.transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  device.client.start()
  await device.client.syncNow()
  await device.client.close()
  const storage = await copyOf(world.storage)
  const original = await world.open({ batch: { operations: 1 } })
  original.transport.once('push', (real) => real)
  original.transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  original.client.start()
  await original.client.syncNow()
  await original.client.close()
  const twin = await world.open({ storage })
  const own = await twin.client.collections.tasks.create({ id: 'new', title: 'new' })
  await twin.client.close()
  // The first one the copy hears of by its pull.
  return toCase(world, storage, both.slice(0, 1), [...both.slice(1), own])
}

const cases = { 'a lost history': lostHistory, 'an absence': absence, 'a copy': copied } as const

const ends = {
  'a lost history': { a: 'lost', b: 'sent', c: 'c', new: 'new' },
  'an absence': { a: 'lost', b: 'sent', c: 'c', new: 'new' },
  'a copy': { a: 'lost', b: 'sent', c: 'c', new: 'new' },
} as const

const limits = { page: 2 }

/** The operations of its one backup. */
const keptBy = async ({ client }: TestClient): Promise<readonly string[]> => {
  const [backup, ...more] = await client.backups.list()
  expect(more).toEqual([])
  const { operations } = JSON.parse(await client.backups.export(backup?.id ?? '')) as {
    operations: readonly { readonly id: string }[]
  }
  return operations.map(({ id }) => id)
}

/** The device's process dies at one call of its storage while it recovers; how many calls it made. */
const dieAt = async (name: keyof typeof cases, death: Death | undefined): Promise<number> => {
  const { world, storage, operations, undecided } = await cases[name]()
  await using _ = world
  const dying = dyingStorage(storage)
  // A process that died is closed by nobody.
  const doomed = await openClient({ storage: dying.storage, limits, transport: world.server('u-1') })
  const before = await shown(doomed)
  dying.arm(death)
  doomed.client.start()
  const over = doomed.client.syncNow()
  if (death === undefined) await over
  else await Promise.race([dying.died, over])
  const calls = dying.calls()

  const next = await world.open({ storage, limits })
  const own = ['a', 'b', 'new'] as const
  const seen = await shown(next)
  for (const id of own) expect(seen[id]).toBe(before[id])
  await syncWell(next)
  expect(await shown(next)).toEqual(ends[name])
  expect(world.serverRecords()).toEqual(ends[name])
  for (const id of operations) expect(await fateOf(next, id)).toBe('applied')
  expect(versionOf(world.state, 'a')).toBe(2)
  expect(versionOf(world.state, 'b')).toBe(2)
  expect(await next.client.operations.list({ status: 'SENT' })).toEqual([])
  expect(await keptBy(next)).toEqual(expect.arrayContaining([...undecided]))
  return calls
}

test.each(['a lost history', 'an absence', 'a copy'] as const)(
  '[RC08] [BK1] after %s a process may die at any call of storage, before or after it took effect',
  async (name) => {
    const calls = await dieAt(name, undefined)
    expect(calls).toBeGreaterThan(15)
    for (let call = 1; call <= calls; call += 1)
      for (const side of ['before', 'after'] as const) await dieAt(name, { call, side })
  },
)

test.each(['a lost history', 'an absence', 'a copy'] as const)(
  '[RC09] after %s several tabs may recover at the same time, while the app writes',
  async (name) => {
    for (let start = 1; start <= 12; start += 1) {
      const { world, storage, operations, undecided } = await cases[name]()
      await using _ = world
      const tabs = [
        await world.open({ storage, limits }),
        await world.open({ storage, limits }),
        await world.open({ storage, limits }),
      ]
      const [first, second, third] = tabs
      if (first === undefined || second === undefined || third === undefined) throw new Error('No tabs.')
      first.client.start()
      for (let turn = 0; turn < start * 3; turn += 1) await Promise.resolve()
      second.client.start()
      const seen = new Set<string | undefined>()
      third.client.collections.tasks.get$('a').subscribe((task) => seen.add(task?.title))
      const written: string[] = []
      for (let count = 0; count < 10; count += 1) {
        const id = `w-${count}`
        written.push((await third.client.collections.tasks.create({ id, title: id })).operationId)
        written.push((await third.client.collections.tasks.update('c', { votes: count })).operationId)
      }
      for (let round = 0; round < 4; round += 1) {
        await Promise.all(tabs.map(({ client }) => client.syncNow()))
        for (const { environment } of tabs) environment.advance(60_000)
      }
      third.client.start()
      await Promise.all(tabs.map(({ client }) => client.syncNow()))
      for (const tab of tabs) {
        expect(tab.client.state.status).toBe('synced')
        expect(await shown(tab)).toEqual(world.serverRecords())
      }
      expect(world.serverRecords()).toMatchObject(ends[name])
      expect([...seen].filter((title) => title !== undefined)).toEqual(['lost'])
      for (const id of [...operations, ...written]) expect(await fateOf(first, id)).toBe('applied')
      expect(await keptBy(first)).toEqual(expect.arrayContaining([...undecided]))
      expect(versionOf(world.state, 'a')).toBe(2)
      expect(versionOf(world.state, 'c')).toBe(11)
    }
  },
)
