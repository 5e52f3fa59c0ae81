import { expect, test } from 'vitest'
import { SyncError, type SyncEvent, type Transport } from '@holdfast/core'
import type { PreflightAnswer, PreflightInput } from '../../src/protocol/preflight.ts'
import type { PushAnswer, PushInput } from '../../src/protocol/push.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { openPair, type Pair } from '../support/pair.ts'
import { answering, failing, held, localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { copyOf, openWorld, syncWell } from '../recovery/world.ts'

const week = 604_800_000
const waiting = { onRisk: { HIGH: 'attention' } } as const

/** Somebody changes `r` while I am away for weeks; then I have changed `r` too, and some others. */
const away = async (pair: Pair, ids: readonly string[] = ['r']): Promise<void> => {
  const { mine, theirs } = pair
  for (const id of ids) await theirs.client.collections.asked.update(id, { title: 'theirs' })
  await sync(theirs)
  mine.environment.advance(week)
}

const eventsOf = ({ client }: TestClient): SyncEvent[] => {
  const events: SyncEvent[] = []
  client.events$.subscribe((event) => events.push(event))
  return events
}

const statusOf = async ({ client }: TestClient, id: string): Promise<string | undefined> =>
  (await client.operations.get(id))?.status

test('[EN41] after a long absence a run asks ahead by itself; by default nothing waits for anybody', async () => {
  await using pair = await openPair('asked', { ids: ['r', 'other'] })
  const { mine } = pair
  await away(pair)
  const events = eventsOf(mine)
  await mine.client.collections.asked.update('r', { title: 'mine' })
  const before = mine.transport.calls.length
  expect(await sync(mine)).toMatchObject({ status: 'synced', conflicts: 1 })
  expect(mine.transport.calls.slice(before, before + 3)).toEqual(['preflight', 'pull', 'push'])
  expect(events.find(({ type }) => type === 'lookedAhead')).toMatchObject({
    conflictRisk: 'HIGH',
    records: 1,
    held: 0,
  })
  // It was there a moment ago.
  await mine.client.collections.asked.update('other', { title: 'mine' })
  await sync(mine)
  expect(mine.transport.calls.filter((call) => call === 'preflight')).toHaveLength(1)
})

test('[EN41] where nothing is at risk a long absence costs one small request more', async () => {
  await using pair = await openPair('asked', { ids: ['r', 'other'] })
  const { mine } = pair
  await away(pair)
  await mine.client.collections.asked.update('other', { title: 'mine' })
  const before = mine.transport.calls.length
  expect(await sync(mine)).toMatchObject({ status: 'synced', conflicts: 0 })
  expect(mine.transport.calls.slice(before, before + 2)).toEqual(['preflight', 'push'])
})

test('[EN42] what was asked with a cursor that the feed can not go on from is asked again with the one that a pull brought', async () => {
  await using pair = await openPair('asked', { preflight: waiting })
  const { mine } = pair
  await away(pair)
  const { operationId } = await mine.client.collections.asked.update('r', { title: 'mine' })
  // Pages that were fetched before lead to a newer cursor.
  mine.transport.once(
    'preflight',
    answering((answer) => ({ ...answer, entities: [], conflictRisk: 'LOW', action: 'RESET_REQUIRED' })),
  )
  expect(await sync(mine)).toMatchObject({ status: 'attention', total: 1 })
  expect(await statusOf(mine, operationId)).toBe('PENDING')
})

test('[EN41] what is too large to ask about at once, for a proxy say, is asked about in smaller parts', async () => {
  const real = localServer()('u-1')
  const asked: number[] = []
  const narrow: Transport = {
    ...real,
    preflight: async (input, options) => {
      asked.push(input.entities.length)
      if (input.entities.length <= 30) return real.preflight(input, options)
      throw new SyncError('TOO_LARGE', 'No.', { what: 'request', limit: 0, actual: 0 })
    },
  }
  await using device = await openClient({ transport: narrow, preflight: { afterOperations: 10 } })
  for (let index = 0; index < 100; index += 1)
    await device.client.collections.tasks.create({ title: `${index}` })
  expect((await device.client.preflight()).entities).toHaveLength(100)
  expect(asked.slice(0, 6)).toEqual([100, 50, 25, 25, 25, 25])
  expect(await sync(device)).toMatchObject({ status: 'synced' })
})

test('[EN41] a long queue is asked about once, however often its drain is cut', async () => {
  await using pair = await openPair('asked', {
    preflight: { afterOperations: 10 },
    batch: { operations: 5 },
  })
  const { mine } = pair
  for (let index = 0; index < 30; index += 1)
    await mine.client.collections.asked.create({ title: `${index}` })
  for (let cut = 0; cut < 3; cut += 1) {
    mine.transport.once('push', (real) => real)
    mine.transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'Cut.', {})))
  }
  mine.client.start()
  for (let cut = 0; cut < 3; cut += 1) {
    await untilStatus(mine.client, 'waiting')
    mine.environment.advance(60_000)
  }
  await untilStatus(mine.client, 'synced')
  expect(mine.transport.calls.filter((call) => call === 'preflight')).toHaveLength(1)
})

test('[EN42] attention: low risks are sent, what others did is shown, and the rest waits for the word, also over a restart', async () => {
  await using pair = await openPair('asked', { ids: ['r', 'other'], preflight: waiting })
  const { mine, theirs } = pair
  await away(pair)
  await theirs.client.collections.asked.create({ id: 'news', title: 'theirs' })
  await sync(theirs)
  const { asked } = mine.client.collections
  const risky = await asked.update('r', { title: 'mine' })
  const later = await asked.update('r', { done: true })
  const harmless = await asked.update('other', { title: 'mine' })
  const state = await sync(mine)
  expect(state).toMatchObject({
    status: 'attention',
    total: 1,
    entities: [
      { scope: 'team-1', collection: 'asked', id: 'r', risk: 'HIGH', fields: ['title'], reason: 'asks' },
    ],
  })
  expect(await statusOf(mine, harmless.operationId)).toBe('COMPLETED')
  expect(await statusOf(mine, risky.operationId)).toBe('PENDING')
  expect(await statusOf(mine, later.operationId)).toBe('PENDING')
  expect(await asked.get('news')).toMatchObject({ title: 'theirs' })
  expect(await asked.get('r')).toMatchObject({ title: 'mine', done: true })

  // Local writes go on: those of others are sent, those of the record wait with it.
  const meanwhile = await asked.create({ id: 'meanwhile', title: 'new' })
  await untilStatus(mine.client, 'attention')
  expect(await statusOf(mine, meanwhile.operationId)).toBe('COMPLETED')
  const more = await asked.update('r', { votes: 3 })
  await untilStatus(mine.client, 'attention')
  expect(await statusOf(mine, more.operationId)).toBe('PENDING')

  await using next = await mine.restart()
  expect(await sync(next)).toMatchObject({ status: 'attention', total: 1, entities: [{ id: 'r' }] })
  // Asking for a run is no yes.
  expect(await next.client.syncNow()).toMatchObject({ status: 'attention' })
  await next.client.confirm()
  expect(await untilStatus(next.client, 'synced')).toMatchObject({ conflicts: 1 })
  expect(await statusOf(next, risky.operationId)).toBe('CONFLICT')
})

test('[EN42] polls go on in attention', async () => {
  await using pair = await openPair('asked', { preflight: waiting })
  const { mine, theirs } = pair
  await away(pair)
  await mine.client.collections.asked.update('r', { title: 'mine' })
  await sync(mine)
  await theirs.client.collections.asked.create({ id: 'news', title: 'theirs' })
  await sync(theirs)
  mine.environment.advance(60_000)
  await untilStatus(mine.client, 'attention')
  expect(await mine.client.collections.asked.get('news')).toMatchObject({ title: 'theirs' })
})

test('[EN42] who takes back all that waits ends the attention', async () => {
  await using pair = await openPair('asked', { ids: ['r', 's'], preflight: waiting })
  const { mine } = pair
  await away(pair, ['r', 's'])
  const { asked } = mine.client.collections
  const first = await asked.update('r', { title: 'mine' })
  const second = await asked.update('s', { title: 'mine' })
  expect(await sync(mine)).toMatchObject({ status: 'attention', total: 2 })
  await mine.client.operations.cancel(first.operationId)
  expect(await mine.client.syncNow()).toMatchObject({
    status: 'attention',
    total: 1,
    entities: [{ id: 's' }],
  })
  await mine.client.operations.cancel(second.operationId)
  await untilStatus(mine.client, 'synced')
  expect(await asked.get('r')).toMatchObject({ title: 'theirs' })
})

test('[EN42] a transaction waits whole, and a later record that refers to what waits does too', async () => {
  await using pair = await openPair('asked', { ids: ['r', 'other'], preflight: waiting })
  const { mine } = pair
  await away(pair)
  await mine.client.transaction(async (tx) => {
    await tx.collections.asked.update('other', { title: 'mine' })
    await tx.collections.asked.update('r', { title: 'mine' })
    await tx.collections.tasks.create({ id: 'made', title: 'made' })
  })
  const part = await mine.client.collections.parts.create({ title: 'part', task: 'made' })
  expect(await sync(mine)).toMatchObject({ status: 'attention', total: 1 })
  expect(await mine.client.operations.list({ status: 'PENDING' })).toHaveLength(4)
  expect(await statusOf(mine, part.operationId)).toBe('PENDING')
  await mine.client.confirm()
  await untilStatus(mine.client, 'synced')
  expect(await mine.client.conflicts.list()).toHaveLength(1)
})

test('[EN42] what was sent already is not held back', async () => {
  await using pair = await openPair('asked', { preflight: waiting })
  const { mine } = pair
  await mine.client.collections.asked.update('r', { title: 'mine' })
  mine.transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'Cut.', {})))
  mine.client.start()
  await untilStatus(mine.client, 'waiting')
  mine.client.pause()
  await away(pair)
  expect(await sync(mine)).toMatchObject({ status: 'synced', conflicts: 1 })
})

test('[EN42] what was sent already is not held back either where it lost its number: nobody is asked about what is applied', async () => {
  await using world = openWorld()
  const device = await world.open()
  await device.client.collections.tasks.create({ id: 'r', title: 'first' })
  await syncWell(device)
  device.transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'Lost.', {})))
  const { operationId } = await device.client.collections.tasks.update('r', { title: 'applied' })
  await sync(device)
  await device.client.close()
  const copy = await copyOf(world.storage)
  const original = await world.open()
  await original.client.collections.tasks.create({ title: 'one number more' })
  await syncWell(original)
  const preflight = { afterOperations: 1, onRisk: { HIGH: 'attention' } } as const
  const twin = await world.open({ storage: copy, preflight })
  // Of another device.
  await twin.client.collections.tasks.create({ id: 'other', title: 'new' })
  expect(await sync(twin)).toMatchObject({ status: 'synced' })
  expect(await statusOf(twin, operationId)).toBe('COMPLETED')
})

test('[EN42] what another tab sent meanwhile is not held back: nobody is asked about what may be decided', async () => {
  const storage = memoryStorage()
  await using pair = await openPair('asked', { storage, preflight: waiting })
  const { mine } = pair
  await away(pair)
  const { operationId } = await mine.client.collections.asked.update('r', { title: 'mine' })
  await using other = await openClient({ storage, user: 'me', transport: mine.transport })
  const foreseen = held<PreflightInput, RequestOptions, PreflightAnswer>('answer')
  const sent = held<PushInput, RequestOptions, PushAnswer>('request')
  mine.transport.once('preflight', foreseen.twist)
  mine.client.start()
  await foreseen.arrived
  mine.transport.once('push', sent.twist)
  other.client.start()
  await sent.arrived
  expect(await statusOf(mine, operationId)).toBe('SENT')
  foreseen.release()
  expect(await mine.client.syncNow()).toMatchObject({ status: 'synced', conflicts: 1 })
  sent.release()
  await untilStatus(other.client, 'synced')
  expect(await statusOf(mine, operationId)).toBe('CONFLICT')
})

test('[EN43] last: records at risk go after all others, in the same run', async () => {
  await using pair = await openPair('asked', { ids: ['r', 'other'], preflight: { onRisk: { HIGH: 'last' } } })
  const { mine } = pair
  await away(pair)
  const { asked } = mine.client.collections
  await asked.update('r', { title: 'mine' })
  await asked.update('other', { title: 'mine' })
  const pushed: string[][] = []
  for (let push = 0; push < 2; push += 1)
    mine.transport.once('push', (real) => (input, options) => {
      pushed.push(input.operations.map(({ recordId }) => recordId))
      return real(input, options)
    })
  expect(await sync(mine)).toMatchObject({ status: 'synced', conflicts: 1 })
  expect(pushed).toEqual([['other'], ['r']])
})

test('[EN43] push: a risk changes nothing; MEDIUM has a policy of its own', async () => {
  const onRisk = { MEDIUM: 'attention', HIGH: 'push' } as const
  await using pair = await openPair('latest', { preflight: { onRisk } })
  const { mine, theirs } = pair
  await theirs.client.collections.latest.update('r', { title: 'theirs' })
  await sync(theirs)
  mine.environment.advance(week)
  await mine.client.collections.latest.update('r', { title: 'mine' })
  expect(await sync(mine)).toMatchObject({
    status: 'attention',
    entities: [{ risk: 'MEDIUM', reason: 'depends_on_values', fields: ['title'] }],
  })
  await mine.client.confirm()
  expect(await untilStatus(mine.client, 'synced')).toMatchObject({ conflicts: 0 })

  await using other = await openPair('asked', { preflight: { onRisk } })
  await away(other)
  await other.mine.client.collections.asked.update('r', { title: 'mine' })
  expect(await sync(other.mine)).toMatchObject({ status: 'synced', conflicts: 1 })
})

test('[EN41] that it is due is not forgotten by a crash behind the pull', async () => {
  await using pair = await openPair('asked', { preflight: waiting })
  const { mine } = pair
  await away(pair)
  await mine.client.collections.asked.update('r', { title: 'mine' })
  await using next = await mine.restart()
  next.transport.once('preflight', failing(new SyncError('NETWORK_UNREACHABLE', 'Cut.', {})))
  next.environment.advance(2 * week)
  next.client.start()
  await untilStatus(next.client, 'waiting')
  await using last = await next.restart()
  last.environment.advance(2 * week)
  expect(await sync(last)).toMatchObject({ status: 'attention', total: 1 })
})

test('[EN42] a scope that is left takes along what was foreseen', async () => {
  await using pair = await openPair('asked', { preflight: waiting })
  const { mine } = pair
  await away(pair)
  await mine.client.collections.asked.update('r', { title: 'mine' })
  await sync(mine)
  await mine.client.scopes.leave('team-1', { discard: true })
  await mine.client.scopes.join('team-1')
  await untilStatus(mine.client, 'synced')
})

test('[EN41] [PF4] after a lost history what others wrote since is unseen, although versions are given anew', async () => {
  await using world = openWorld()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  for (const id of ['r-0', 'r-1']) await other.client.collections.tasks.create({ id, title: 'old' })
  await syncWell(other)
  const backup = world.backUp()
  await other.client.collections.tasks.update('r-0', { title: 'lost' })
  await syncWell(other)
  await other.client.close()
  const device = await world.open({ preflight: { onRisk: { HIGH: 'attention' } } })
  await syncWell(device)
  const disputed = await device.client.collections.tasks.update('r-0', { title: 'mine' })
  const same = await device.client.collections.tasks.update('r-1', { title: 'mine too' })
  world.restore(backup)
  const third = await world.open({ storage: memoryStorage(), user: 'u-3' })
  await syncWell(third)
  await third.client.collections.tasks.update('r-0', { title: 'theirs' })
  await syncWell(third)

  device.environment.advance(week)
  expect(await sync(device)).toMatchObject({
    status: 'attention',
    entities: [{ id: 'r-0', risk: 'HIGH', fields: ['title'], reason: 'asks' }],
  })
  expect(await statusOf(device, same.operationId)).toBe('COMPLETED')
  await device.client.confirm()
  await untilStatus(device.client, 'synced')
  expect(await statusOf(device, disputed.operationId)).toBe('CONFLICT')
})

test('[EN42] what was confirmed is not asked about again, although no pull brought news since', async () => {
  await using pair = await openPair('asked', { preflight: waiting })
  const { mine } = pair
  await away(pair)
  await mine.client.collections.asked.update('r', { title: 'mine' })
  await sync(mine)
  mine.client.pause()
  mine.environment.advance(week)
  await mine.client.confirm()
  expect(await sync(mine)).toMatchObject({ status: 'synced', conflicts: 1 })
})
