import { SyncError, systemEnvironment, type SyncEvent } from '@holdfast/core'
import { pruneSync } from '@holdfast/server'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import type { TestClient } from '../support/client.ts'
import { failing, scope } from '../support/transports.ts'
import { copyOf, fateOf, openWorld, prune, shown, syncWell, versionOf, type RecoveryWorld } from './world.ts'

const day = 86_400_000

const unheard =
  <TInput, TOptions, TAnswer>(real: (input: TInput, options: TOptions) => Promise<TAnswer>) =>
  async (input: TInput, options: TOptions): Promise<TAnswer> => {
    await real(input, options)
    throw new SyncError('NETWORK_UNREACHABLE', 'The answer was lost.', {})
  }

const tryToSync = async (device: TestClient): Promise<void> => {
  device.client.start()
  await device.client.syncNow()
  device.client.pause()
}

const another = async (world: RecoveryWorld): Promise<TestClient> => {
  const device = await world.open({ storage: memoryStorage(), user: 'u-2' })
  await syncWell(device)
  return device
}

const codeOf = async ({ client }: TestClient, id: string): Promise<string | undefined> => {
  const fate = (await client.operations.get(id))?.fate
  return fate?.kind === 'rejected' ? fate.code : fate?.kind
}

test('[RC16] [RC18] [RC22] away too long: what was sent is not sent under another number, and nothing comes back from the dead', async () => {
  await using world = openWorld()
  const other = await another(world)
  for (const id of ['a', 'b', 'gone', 'asked']) await other.client.collections.tasks.create({ id, title: id })
  await syncWell(other)
  const device = await world.open()
  await syncWell(device)
  const { tasks } = device.client.collections
  await other.client.collections.tasks.update('asked', { title: 'theirs' })
  await syncWell(other)
  const asked = await tasks.update('asked', { title: 'mine' })
  await syncWell(device)
  device.transport.once('push', unheard)
  const sent = await tasks.create({ id: 'sent', title: 'once' })
  await tryToSync(device)
  await other.client.collections.tasks.delete('gone')
  await syncWell(other)
  await other.client.collections.tasks.delete('asked')
  await other.client.collections.tasks.delete('sent')
  await syncWell(other)
  const living = await tasks.update('a', { title: 'offline' })
  const dead = await tasks.update('gone', { title: 'offline' })
  const events: SyncEvent[] = []
  device.client.events$.subscribe((event) => events.push(event))
  await prune(world.state, 31)
  await syncWell(device)

  expect(await shown(device)).toEqual({ a: 'offline', b: 'b' })
  expect(world.serverRecords()).toEqual({ a: 'offline', b: 'b' })
  expect(await codeOf(device, sent.operationId)).toBe('OUTCOME_UNKNOWN')
  expect(await codeOf(device, living.operationId)).toBe('applied')
  expect(await codeOf(device, dead.operationId)).toBe('DEPENDENCY')
  expect(await codeOf(device, asked.operationId)).toBe('DEPENDENCY')
  expect(await device.client.conflicts.list()).toEqual([])
  expect(events.filter(({ type }) => type.startsWith('reset'))).toMatchObject([
    { type: 'resetStarted', reason: 'offline_too_long' },
    { type: 'resetFinished', requeued: 0 },
  ])
  const [backup] = await device.client.backups.list()
  expect(backup).toMatchObject({ scope, reason: 'offline_too_long', size: 4, schemaVersion: '1.0.0' })
})

test('[RC18] a verdict that is still there is heard, whatever was missed', async () => {
  await using world = openWorld()
  const other = await another(world)
  const device = await world.open()
  await syncWell(device)
  await other.client.collections.tasks.create({ id: 'a', title: 'a' })
  await syncWell(other)
  await prune(world.state, 31)
  device.transport.once('push', unheard)
  device.transport.once('pull', (real) => real)
  const sent = await device.client.collections.tasks.create({ id: 'b', title: 'b' })
  await syncWell(device)
  expect(await codeOf(device, sent.operationId)).toBe('applied')
  expect(await shown(device)).toEqual({ a: 'a', b: 'b' })
  expect(versionOf(world.state, 'b')).toBe(2)
})

test('[RC11] [RC18] a verdict that is heard with the new head joins the question that was open before', async () => {
  let now = systemEnvironment.clock.now()
  const clock = { ...systemEnvironment.clock, now: () => now }
  const environment = { ...systemEnvironment, clock }
  await using world = openWorld({ environment })
  const other = await another(world)
  await other.client.collections.tasks.create({ id: 'a', title: 'a' })
  await syncWell(other)
  const device = await world.open({ environment })
  await syncWell(device)
  const { tasks } = device.client.collections
  await other.client.collections.tasks.update('a', { title: 'theirs' })
  await syncWell(other)
  const first = await tasks.update('a', { title: 'mine' })
  await syncWell(device)
  const second = await tasks.update('a', { text: 'mine' })
  device.transport.once('push', (real) => async (input, options) => {
    await other.client.collections.tasks.update('a', { text: 'theirs' })
    await syncWell(other)
    now += 20 * day
    return unheard(real)(input, options)
  })
  await tryToSync(device)
  await pruneSync(memoryServerStore({ state: world.state }), { olderThan: 5 * day, environment })
  await syncWell(device)
  expect(await device.client.conflicts.list()).toMatchObject([
    { fields: ['text', 'title'], operations: [first.operationId, second.operationId] },
  ])
})

test('[RC19] a record that was forgotten and made anew under its id is not taken for the old one', async () => {
  await using world = openWorld()
  const other = await another(world)
  await other.client.collections.tasks.create({ id: 'a', title: 'one' })
  await syncWell(other)
  for (const title of ['two', 'three']) {
    await other.client.collections.tasks.update('a', { title })
    await syncWell(other)
  }
  const device = await world.open()
  await syncWell(device)
  const edit = await device.client.collections.tasks.update('a', { title: 'of the old one' })
  await other.client.collections.tasks.delete('a')
  await syncWell(other)
  await prune(world.state, 31)
  await other.client.close()
  const third = await world.open({ storage: memoryStorage(), user: 'u-3' })
  await syncWell(third)
  await third.client.collections.tasks.create({ id: 'a', title: 'another' })
  await syncWell(third)
  await syncWell(device)
  expect(await codeOf(device, edit.operationId)).toBe('conflict')
  expect(world.serverRecords()).toEqual({ a: 'another' })
})

test('[RT10] a device that knew of a deletion has not seen the record that was made anew once all that was forgotten', async () => {
  await using world = openWorld()
  const device = await world.open()
  const { tasks } = device.client.collections
  await tasks.create({ id: 'a', title: 'one' })
  await syncWell(device)
  const other = await another(world)
  for (const title of ['two', 'three']) await other.client.collections.tasks.update('a', { title })
  await other.client.collections.tasks.delete('a')
  await syncWell(other)
  await syncWell(device)
  await prune(world.state, 31)
  const third = await world.open({ storage: memoryStorage(), user: 'u-3' })
  await syncWell(third)
  await third.client.collections.tasks.create({ id: 'a', title: 'theirs' })
  await syncWell(third)
  const mine = await tasks.create({ id: 'a', title: 'mine' })
  await syncWell(device)
  expect(await codeOf(device, mine.operationId)).toBe('conflict')
  expect(world.serverRecords()).toEqual({ a: 'theirs' })
})

test('[RC20] where the numbers show that the server lost something too, all of that is sent again', async () => {
  await using world = openWorld()
  const other = await another(world)
  const device = await world.open()
  for (const id of ['a', 'b']) await other.client.collections.tasks.create({ id, title: id })
  await syncWell(other)
  await syncWell(device)
  const backup = world.backUp()
  const lost = await device.client.collections.tasks.update('a', { title: 'lost' })
  await syncWell(device)
  world.restore(backup)
  for (const id of ['c', 'd', 'e']) await other.client.collections.tasks.create({ id, title: id })
  const third = await world.open({ storage: memoryStorage(), user: 'u-3' })
  for (const id of ['f', 'g', 'h']) await third.client.collections.tasks.create({ id, title: id })
  await syncWell(third)
  await prune(world.state, 31)
  const reasons: string[] = []
  device.client.events$.subscribe((event) => {
    if (event.type === 'resetStarted') reasons.push(event.reason)
  })
  await syncWell(device)
  expect(reasons).toEqual(['offline_too_long', 'epoch_changed'])
  expect(await fateOf(device, lost.operationId)).toBe('applied')
  expect(world.serverRecords()).toMatchObject({ a: 'lost', f: 'f' })
  expect(await shown(device)).toEqual(world.serverRecords())
})

test('[RC21] after a lost history what was only forgotten is not sent again', async () => {
  await using world = openWorld()
  const other = await another(world)
  const device = await world.open()
  const { tasks } = device.client.collections
  await tasks.create({ id: 'a', title: 'a' })
  await tasks.create({ id: 'b', title: 'b' })
  const old = await tasks.update('a', { title: 'long ago' })
  await syncWell(device)
  await syncWell(other)
  await other.client.collections.tasks.update('a', { title: 'since' })
  await syncWell(other)
  await syncWell(device)
  await prune(world.state, 31)
  const backup = world.backUp()
  const lost = await tasks.update('b', { title: 'lost' })
  await syncWell(device)
  await other.client.collections.tasks.delete('a')
  await syncWell(other)
  world.restore(backup)
  await other.client.close()
  const third = await world.open({ storage: memoryStorage(), user: 'u-3' })
  await syncWell(third)
  await third.client.collections.tasks.update('a', { title: 'anew' })
  await syncWell(third)
  await syncWell(device)
  expect(await codeOf(device, old.operationId)).toBe('applied')
  expect(await codeOf(device, lost.operationId)).toBe('applied')
  expect(world.serverRecords()).toEqual({ a: 'anew', b: 'lost' })
  expect(await device.client.conflicts.list()).toEqual([])
})

test('[RC25] a copy that was away too long: what its twin may have sent is not applied by guess, what it made since is', async () => {
  await using world = openWorld()
  const other = await another(world)
  const device = await world.open()
  await syncWell(device)
  const { tasks } = device.client.collections
  const both = await tasks.create({ id: 'both', title: 'both' })
  await tasks.update('both', { title: 'twice' })
  await device.client.close()
  const copy = await copyOf(world.storage)
  const original = await world.open()
  await syncWell(original)
  await syncWell(other)
  await other.client.collections.tasks.delete('both')
  await syncWell(other)
  await syncWell(original)
  await prune(world.state, 31)
  const twin = await world.open({ storage: copy })
  await syncWell(twin)
  expect(await codeOf(twin, both.operationId)).toBe('OUTCOME_UNKNOWN')
  expect((await twin.client.deadLetters.list()).length).toBe(2)
  const later = await twin.client.collections.tasks.create({ id: 'later', title: 'later' })
  await syncWell(twin)
  expect(await codeOf(twin, later.operationId)).toBe('applied')
  expect(world.serverRecords()).toEqual({ later: 'later' })
  expect(await shown(twin)).toEqual({ later: 'later' })
  const kept = (await twin.client.backups.list()).map(({ reason, size }) => [reason, size])
  expect(kept).toEqual([
    ['offline_too_long', 2],
    ['client_forked', 2],
  ])
})

test('[RC25] a copy that took a client id of its own, and stayed away before it was heard, applies nothing by guess either', async () => {
  await using world = openWorld()
  const other = await another(world)
  const device = await world.open()
  await syncWell(device)
  const both = await device.client.collections.tasks.create({ id: 'both', title: 'both' })
  await device.client.close()
  const copy = await copyOf(world.storage)
  const original = await world.open()
  await syncWell(original)
  const twin = await world.open({ storage: copy })
  // It finds that it is a copy, and what it sends again does not arrive.
  twin.transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  await tryToSync(twin)
  await syncWell(other)
  await other.client.collections.tasks.delete('both')
  await syncWell(other)
  await prune(world.state, 31)
  const own = await twin.client.collections.tasks.create({ id: 'own', title: 'own' })
  await syncWell(twin)
  expect(await codeOf(twin, both.operationId)).toBe('OUTCOME_UNKNOWN')
  expect(await codeOf(twin, own.operationId)).toBe('applied')
  expect(world.serverRecords()).toEqual({ own: 'own' })
  expect(await shown(twin)).toEqual({ own: 'own' })
  const last = await twin.client.collections.tasks.create({ id: 'last', title: 'last' })
  await syncWell(twin)
  expect(await codeOf(twin, last.operationId)).toBe('applied')
})
