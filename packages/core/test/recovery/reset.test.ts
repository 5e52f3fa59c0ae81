import { definePlugin, SyncError, type SyncEvent } from '@holdfast/core'
import { expect, test } from 'vitest'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { answering, failing, localServer, scope } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'
import { fateOf, openWorld, shown, syncWell, versionOf } from './world.ts'

const page = { limits: { page: 3, maxPage: 3 } }

test('[RC06] [SG10] [P12] what the server lost is sent again, and what it does not have any more is gone', async () => {
  await using world = openWorld(page)
  const device = await world.open()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  for (let index = 0; index < 7; index += 1)
    await other.client.collections.tasks.create({ id: `r-${index}`, title: `${index}` })
  await syncWell(other)
  await syncWell(device)
  const backup = world.backUp()
  const made = await device.client.collections.tasks.create({ id: 'mine', title: 'mine' })
  const edited = await device.client.collections.tasks.update('r-1', { title: 'edited' })
  await syncWell(device)
  await other.client.collections.tasks.create({ id: 'theirs', title: 'theirs' })
  await other.client.collections.tasks.delete('r-6')
  await syncWell(other)
  await other.client.close()
  await syncWell(device)
  expect(Object.keys(await shown(device))).toEqual([
    'mine',
    'r-0',
    'r-1',
    'r-2',
    'r-3',
    'r-4',
    'r-5',
    'theirs',
  ])
  world.restore(backup)
  const offline = await device.client.collections.tasks.update('r-2', { title: 'offline' })

  await syncWell(device)
  expect(await shown(device)).toEqual({
    mine: 'mine',
    'r-0': '0',
    'r-1': 'edited',
    'r-2': 'offline',
    'r-3': '3',
    'r-4': '4',
    'r-5': '5',
    'r-6': '6',
  })
  expect(await shown(device)).toEqual(world.serverRecords())
  for (const { operationId } of [made, edited, offline])
    expect(await fateOf(device, operationId)).toBe('applied')
  expect(versionOf(world.state, 'r-1')).toBe(2)
  expect(await device.client.operations.list()).toHaveLength(3)
})

test('[RC07] until the new head is shown the old one is, and an own edit is never missing', async () => {
  await using world = openWorld(page)
  const device = await world.open()
  for (let index = 0; index < 5; index += 1)
    await device.client.collections.tasks.create({ id: `r-${index}`, title: `${index}` })
  await syncWell(device)
  const backup = world.backUp()
  await device.client.collections.tasks.update('r-0', { title: 'lost' })
  await device.client.collections.tasks.create({ id: 'new', title: 'new' })
  await syncWell(device)
  world.restore(backup)
  await device.client.collections.tasks.update('r-1', { title: 'pending' })
  await device.client.collections.tasks.update('r-0', { title: 'newer' })
  const seen: string[] = []
  device.client.collections.tasks
    .find$()
    .subscribe((all) => seen.push(all.map(({ id, title }) => `${id}:${title}`).join(' ')))
  await syncWell(device)
  expect(new Set(seen)).toEqual(new Set(['new:new r-0:newer r-1:pending r-2:2 r-3:3 r-4:4']))
  expect(await shown(device)).toEqual(world.serverRecords())
})

test('[RC06] refusals, cancellations and answered conflicts stand, although the server lost them too', async () => {
  await using world = openWorld()
  const device = await world.open()
  await device.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(device)
  const backup = world.backUp()
  const refused = await device.client.collections.tasks.update('r-0', { title: 'refused' })
  const kept = await device.client.collections.tasks.update('r-0', { done: true })
  device.transport.once(
    'push',
    (real) => (input, options) =>
      real(
        {
          ...input,
          operations: input.operations.map((one) =>
            one.id === refused.operationId ? { ...one, payload: '{"title":""}' } : one,
          ),
        },
        options,
      ),
  )
  await syncWell(device)
  expect(await fateOf(device, refused.operationId)).toBe('rejected')
  world.restore(backup)
  await syncWell(device)
  expect(await fateOf(device, refused.operationId)).toBe('rejected')
  expect(await fateOf(device, kept.operationId)).toBe('applied')
  expect(world.serverRecords()).toEqual({ 'r-0': 'zero' })
  expect(device.client.state).toMatchObject({ status: 'stopped' })
  await device.client.collections.tasks.create({ title: 'goes on' })
  await syncWell(device)
  expect(Object.keys(world.serverRecords())).toHaveLength(2)
})

test('[RC05] [RC06] a server that forgot the last starts of a device still takes it for the same client', async () => {
  await using world = openWorld()
  let device = await world.open()
  await device.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(device)
  const backup = world.backUp()
  for (const title of ['one', 'two', 'three']) {
    device = await device.restart()
    await device.client.collections.tasks.update('r-0', { title })
    await syncWell(device)
  }
  world.restore(backup)
  await syncWell(device)
  await device.client.close()
  const again = await world.open()
  await again.client.collections.tasks.update('r-0', { text: 'more' })
  await syncWell(again)
  expect(world.state.clients.size).toBe(1)
  expect(world.serverRecords()).toEqual({ 'r-0': 'three' })
  expect(versionOf(world.state, 'r-0')).toBe(5)
})

test('[RC10] a lost refusal moves no head, and is noticed when the next number does not fit', async () => {
  await using world = openWorld()
  const device = await world.open()
  await device.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(device)
  const backup = world.backUp()
  await device.client.collections.tasks.update('r-0', { title: 'refused' })
  device.transport.once(
    'push',
    (real) => (input, options) =>
      real(
        { ...input, operations: input.operations.map((one) => ({ ...one, payload: '{"title":""}' })) },
        options,
      ),
  )
  await syncWell(device)
  world.restore(backup)
  const { operationId } = await device.client.collections.tasks.create({ id: 'r-1', title: 'one' })
  await syncWell(device)
  expect(await fateOf(device, operationId)).toBe('applied')
  expect(await shown(device)).toEqual(world.serverRecords())
})

test('[RC10] a verdict that came without its page, and was lost, is noticed', async () => {
  await using world = openWorld()
  const device = await world.open()
  await device.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(device)
  const backup = world.backUp()
  const { operationId } = await device.client.collections.tasks.update('r-0', { title: 'one' })
  device.transport.once(
    'push',
    answering((answer) => ({ ...answer, page: { ...answer.page, hasMore: true } })),
  )
  device.transport.once('pull', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  device.client.start()
  await device.client.syncNow()
  device.client.pause()
  expect(await fateOf(device, operationId)).toBe('applied')
  world.restore(backup)
  await syncWell(device)
  expect(world.serverRecords()).toEqual({ 'r-0': 'one' })
  expect(await device.client.operations.list({ status: 'SENT' })).toEqual([])
})

test('[RC11] an open conflict is about the new head, and its answer counts', async () => {
  await using world = openWorld()
  const device = await world.open()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  await device.client.collections.asked.create({ id: 'c', title: 'old' })
  await syncWell(device)
  await syncWell(other)
  const backup = world.backUp()
  await other.client.collections.asked.update('c', { title: 'theirs' })
  await syncWell(other)
  await other.client.close()
  await device.client.collections.asked.update('c', { title: 'mine' })
  await syncWell(device)
  expect(await device.client.conflicts.list()).toHaveLength(1)
  world.restore(backup)
  await syncWell(device)
  const [open] = await device.client.conflicts.list()
  expect(open).toMatchObject({ mine: { title: 'mine' }, theirs: { title: 'old' }, serverVersion: 1 })
  await device.client.conflicts.resolve(open?.id ?? '', 'mine')
  await syncWell(device)
  expect(world.serverRecords('asked')).toEqual({ c: 'mine' })
})

test('[RC12] numbers that the server misses below its highest are spent', async () => {
  let refuses = true
  await using world = openWorld({
    authorize: ({ after }: { readonly after: { readonly title?: unknown } | undefined }) => {
      if (refuses && after?.title === 'later') throw new SyncError('SERVER_FAILED', 'Not now.', {})
      return true
    },
  })
  const device = await world.open()
  await device.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(device)
  const held = await device.client.collections.tasks.create({ id: 'r-1', title: 'later' })
  await device.client.collections.tasks.create({ id: 'r-2', title: 'two' })
  device.client.start()
  expect((await device.client.syncNow()).status).toBe('waiting')
  const backup = world.backUp()
  refuses = false
  await syncWell(device)
  await device.client.collections.tasks.update('r-1', { text: 'lost as well' })
  await syncWell(device)
  expect(await fateOf(device, held.operationId)).toBe('applied')
  world.restore(backup)
  await syncWell(device)
  expect(world.serverRecords()).toEqual({ 'r-0': 'zero', 'r-1': 'later', 'r-2': 'two' })
  expect(versionOf(world.state, 'r-1')).toBe(2)
  await device.client.collections.tasks.create({ id: 'r-3', title: 'three' })
  await syncWell(device)
  expect(await shown(device)).toEqual(world.serverRecords())
})

test('[RC13] a server that loses more during a reset is noticed, and all begins anew', async () => {
  await using world = openWorld(page)
  const device = await world.open()
  const backups = [world.backUp()]
  for (let index = 0; index < 12; index += 1) {
    await device.client.collections.tasks.create({ id: `r-${index + 10}`, title: `${index}` })
    await syncWell(device)
    backups.push(world.backUp())
  }
  const restore = (index: number): void => {
    const backup = backups[index]
    if (backup !== undefined) world.restore(backup)
  }
  restore(10)
  device.transport.once('snapshot', (real) => real)
  device.transport.once(
    'snapshot',
    answering((answer) => {
      restore(7)
      return answer
    }),
  )
  device.transport.once(
    'resume',
    answering((answer) => {
      restore(5)
      return answer
    }),
  )
  await syncWell(device)
  expect(Object.keys(world.serverRecords())).toHaveLength(12)
  expect(await shown(device)).toEqual(world.serverRecords())
})

test('[RC14] plugins and events tell of a reset, and what a reset removes', async () => {
  const told: unknown[] = []
  const watching = definePlugin({
    name: 'watching',
    hooks: {
      beforeReset: ({ scope: name, error }) => void told.push([name, error.code]),
      afterApplyRemote: (changes) => void told.push(...changes.map(({ id, kind }) => `${id} ${kind}`)),
    },
  })
  await using world = openWorld()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  await other.client.collections.tasks.create({ id: 'stays', title: 'stays' })
  await syncWell(other)
  const backup = world.backUp()
  await other.client.collections.tasks.create({ id: 'goes', title: 'goes' })
  await syncWell(other)
  await other.client.close()
  const device = await world.open({ plugins: [watching] })
  await syncWell(device)
  world.restore(backup)
  told.length = 0
  const events: SyncEvent[] = []
  device.client.events$.subscribe((event) => events.push(event))
  const phases: string[] = []
  device.client.state$.subscribe((state) => {
    if (state.status === 'syncing') phases.push(state.phase)
  })
  await syncWell(device)
  expect(told).toEqual([[scope, 'RESET_REQUIRED'], 'goes deleted', 'stays record'])
  expect(events.filter(({ type }) => type.startsWith('reset'))).toMatchObject([
    { type: 'resetStarted', reason: 'epoch_changed' },
    { type: 'resetFinished', requeued: 0 },
  ])
  expect(phases).toContain('reset')
})

test('[RC15] a device that is asked to begin anew each time is blocked with all it has', async () => {
  await using world = openWorld()
  const device = await world.open()
  const { operationId } = await device.client.collections.tasks.create({ title: 'kept' })
  await syncWell(device)
  for (let count = 0; count < 30; count += 1)
    device.transport.once(
      'push',
      failing(new SyncError('RESET_REQUIRED', 'Again.', { reason: 'epoch_changed' })),
    )
  await device.client.collections.tasks.create({ title: 'waits' })
  device.client.start()
  expect((await untilStatus(device.client, 'blocked')).error.code).toBe('RESET_REQUIRED')
  expect(await fateOf(device, operationId)).toBe('applied')
  expect(await device.client.operations.list({ status: 'SENT' })).toHaveLength(1)
})

test('[RC16] pruned deletions and retired secrets lead to the same end, with nothing to send again', async () => {
  await using world = openWorld()
  const device = await world.open()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  for (const id of ['r-0', 'r-1']) await other.client.collections.tasks.create({ id, title: id })
  await syncWell(other)
  await syncWell(device)
  const { operationId } = await device.client.collections.tasks.update('r-0', { title: 'mine' })
  await syncWell(device)
  await syncWell(other)
  await other.client.collections.tasks.delete('r-1')
  await syncWell(other)
  const snapshot = world.state.scopes.get(scope)
  if (snapshot === undefined) throw new Error('There is no scope.')
  const records = new Map([...snapshot.records].filter(([, row]) => !row.deleted))
  const prunedTo = snapshot.state.head
  world.state.scopes.set(scope, { ...snapshot, records, state: { ...snapshot.state, prunedTo } })
  const events: SyncEvent[] = []
  device.client.events$.subscribe((event) => events.push(event))
  await syncWell(device)
  expect(await shown(device)).toEqual({ 'r-0': 'mine' })
  await device.client.close()

  const secrets = ['another secret for tests, of enough bytes']
  const transport = localServer({ store: memoryServerStore({ state: world.state }), tokenSecrets: secrets })(
    'u-1',
  )
  const later = await world.open({ transport })
  later.client.events$.subscribe((event) => events.push(event))
  await syncWell(later)
  expect(await shown(later)).toEqual({ 'r-0': 'mine' })
  expect(await fateOf(later, operationId)).toBe('applied')
  expect(events.filter(({ type }) => type.startsWith('reset'))).toMatchObject([
    { type: 'resetStarted', reason: 'tombstones_pruned' },
    { type: 'resetFinished', requeued: 0 },
    { type: 'resetStarted', reason: 'offline_too_long' },
    { type: 'resetFinished', requeued: 0 },
  ])
})

test('[RC17] what others wrote since the server lost its history is unseen, although versions are given anew', async () => {
  await using world = openWorld()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  for (const id of ['r-0', 'r-1', 'r-2']) await other.client.collections.tasks.create({ id, title: 'old' })
  await syncWell(other)
  const backup = world.backUp()
  await other.client.collections.tasks.update('r-0', { title: 'lost' })
  await syncWell(other)
  await other.client.close()
  const device = await world.open()
  await syncWell(device)
  const lost = await device.client.collections.tasks.update('r-0', { title: 'mine' })
  await syncWell(device)
  const same = await device.client.collections.tasks.update('r-1', { title: 'mine too' })
  world.restore(backup)
  const third = await world.open({ storage: memoryStorage(), user: 'u-3' })
  await syncWell(third)
  await third.client.collections.tasks.update('r-0', { title: 'theirs' })
  await syncWell(third)

  await syncWell(device)
  expect(await fateOf(device, lost.operationId)).toBe('conflict')
  expect(await fateOf(device, same.operationId)).toBe('applied')
  expect(world.serverRecords()).toEqual({ 'r-0': 'theirs', 'r-1': 'mine too', 'r-2': 'old' })
  const [open] = await device.client.conflicts.list()
  expect(open).toMatchObject({ mine: { title: 'mine' }, theirs: { title: 'theirs' } })

  await third.client.collections.tasks.update('r-2', { title: 'theirs' })
  await syncWell(third)
  await syncWell(device)
  const seen = await device.client.collections.tasks.update('r-2', { title: 'after' })
  await syncWell(device)
  expect(await fateOf(device, seen.operationId)).toBe('applied')
})

test('[RC11] a conflict about a record that was deleted before the snapshot can be answered', async () => {
  await using world = openWorld()
  const device = await world.open()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  await other.client.collections.mourned.create({ id: 'm', title: 'old' })
  await syncWell(other)
  await syncWell(device)
  await other.client.collections.mourned.delete('m')
  await syncWell(other)
  await device.client.collections.mourned.update('m', { title: 'mine' })
  const snapshot = world.state.scopes.get(scope)
  if (snapshot === undefined) throw new Error('There is no scope.')
  const state = { ...snapshot.state, prunedTo: snapshot.state.head }
  world.state.scopes.set(scope, { ...snapshot, state })
  await syncWell(device)
  const [open] = await device.client.conflicts.list()
  expect(open).toMatchObject({ fields: ['$deleted'], theirs: undefined, serverVersion: 2 })
  await device.client.conflicts.resolve(open?.id ?? '', 'theirs')
  await syncWell(device)
  expect(await device.client.conflicts.list()).toEqual([])
  expect(await device.client.collections.mourned.find()).toEqual([])
})
