import { SyncError } from '@holdfast/core'
import { expect, test } from 'vitest'
import type { PullAnswer, PullInput } from '../../src/protocol/pull.ts'
import type { PushAnswer, PushInput } from '../../src/protocol/push.ts'
import type { SnapshotAnswer, SnapshotInput } from '../../src/protocol/snapshot.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'
import { answering, failing, held, scope } from '../support/transports.ts'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { takeBatch } from '../../src/oplog/batch/take-batch.ts'
import { identifyAnew } from '../../src/oplog/identity.ts'
import { readOwned, RecoveryNeeded } from '../../src/oplog/recovery/owner.ts'
import { reclaimScope } from '../../src/oplog/recovery/reclaim.ts'
import { createStore } from '../../src/storage/store.ts'
import { schema } from '../support/schema.ts'
import { copyOf, fateOf, openWorld, shown, syncWell, versionOf } from './world.ts'

const offline = (): SyncError => new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})

test('[RC07] a page that was asked for under the old identity takes nothing off the replay', async () => {
  await using world = openWorld()
  const first = await world.open()
  await first.client.collections.tasks.create({ id: 'r-0', title: 'old' })
  await syncWell(first)
  const second = await world.open()
  await syncWell(second)
  const late = held<PullInput, RequestOptions, PullAnswer>('answer')
  first.transport.once('pull', late.twist)
  first.client.start()
  const over = first.client.syncNow()
  await late.arrived

  const seen: (string | undefined)[] = []
  first.client.collections.tasks.get$('r-0').subscribe((task) => seen.push(task?.title))
  await second.client.collections.tasks.update('r-0', { title: 'mine' })
  const later = (answer: PushAnswer): PushAnswer => ({ ...answer, page: { ...answer.page, hasMore: true } })
  second.transport.once('push', answering(later))
  second.transport.once('pull', failing(offline()))
  second.client.start()
  await second.client.syncNow()
  second.client.pause()
  const store = createStore(await world.storage.open('u-1'))
  const { meta } = await readOwned(store, scope)
  expect(await identifyAnew(store, first.environment, meta, undefined)).toBe('new')
  expect(await identifyAnew(store, first.environment, meta, undefined)).toBe('followed')
  await reclaimScope(store, schema, scope, async () => ({ verdicts: [] }))
  await store.close()
  late.release()
  await over
  await syncWell(first)
  expect(seen.filter((title) => title !== undefined)).toEqual(['old', 'mine'])

  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  await syncWell(other)
  await other.client.collections.tasks.update('r-0', { title: 'theirs' })
  await syncWell(other)
  await syncWell(first)
  expect(await shown(first)).toEqual({ 'r-0': 'theirs' })
})

test('[RC03] a number is not given under an id that the device has given up meanwhile', async () => {
  await using world = openWorld()
  const device = await world.open()
  await device.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(device)
  const { operationId } = await device.client.collections.tasks.create({ id: 'r-1', title: 'one' })
  const other = createStore(await world.storage.open('u-1'))
  const database = await world.storage.open('u-1')
  let turns = 0
  const store = createStore({
    ...database,
    async commit(batch) {
      turns += 1
      if (turns === 1) {
        const { meta } = await readOwned(other, scope)
        await identifyAnew(other, device.environment, meta, undefined)
      }
      return database.commit(batch)
    },
  })
  const batch = takeBatch(store, schema, scope, { operations: 10, bytes: 10_000 })
  await expect(batch).rejects.toBeInstanceOf(RecoveryNeeded)
  expect(await fateOf(device, operationId)).toBe('pending')
  await store.close()
  await other.close()
  await syncWell(device)
  expect(await fateOf(device, operationId)).toBe('applied')
})

test('[RC09] a tab in the middle of its batches gives no numbers while another one resets', async () => {
  await using world = openWorld()
  const one = await world.open({ batch: { operations: 1 } })
  const two = await world.open()
  const { tasks } = one.client.collections
  await tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(one)
  await syncWell(two)
  const backup = world.backUp()
  await tasks.create({ id: 'r-1', title: 'one' })
  await syncWell(one)
  const late = held<PushInput, RequestOptions, PushAnswer>('answer')
  one.transport.once('push', late.twist)
  const made = [
    await tasks.update('r-0', { title: 'two' }),
    await tasks.create({ id: 'r-2', title: 'three' }),
  ]
  one.client.start()
  const over = one.client.syncNow()
  await late.arrived
  world.restore(backup)

  const snapshot = held<SnapshotInput, RequestOptions, SnapshotAnswer>('request')
  two.transport.once('snapshot', snapshot.twist)
  two.client.start()
  const reset = two.client.syncNow()
  await snapshot.arrived
  const pushes = (): number => one.transport.calls.filter((call) => call === 'push').length
  const before = pushes()
  const other = held<SnapshotInput, RequestOptions, SnapshotAnswer>('request')
  one.transport.once('snapshot', other.twist)
  late.release()
  await other.arrived
  expect(pushes()).toBe(before)
  const sent = await one.client.operations.list({ status: 'SENT' })
  expect(sent.map(({ clientSeq }) => clientSeq)).toEqual([undefined, undefined])
  snapshot.release()
  await reset
  other.release()
  await over
  await syncWell(one)
  await syncWell(two)
  for (const { operationId } of made) expect(await fateOf(two, operationId)).toBe('applied')
  expect(world.serverRecords()).toEqual({ 'r-0': 'two', 'r-1': 'one', 'r-2': 'three' })
  expect(await shown(one)).toEqual(world.serverRecords())
  expect(versionOf(world.state, 'r-0')).toBe(2)
})

test('[RC06] a transaction that was lost is sent again whole, and is one dead letter where it is refused now', async () => {
  let refuses = false
  await using world = openWorld({ authorize: () => !refuses })
  const device = await world.open()
  await device.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(device)
  const backup = world.backUp()
  const { operationId } = await device.client.transaction(async ({ collections }) => {
    await collections.tasks.update('r-0', { title: 'together' })
    return await collections.tasks.create({ id: 'r-1', title: 'together' })
  })
  await syncWell(device)
  world.restore(backup)
  refuses = true
  await syncWell(device)
  expect(await device.client.deadLetters.list()).toHaveLength(2)
  expect(await shown(device)).toEqual({ 'r-0': 'zero' })
  await device.client.deadLetters.discard(operationId)
  expect(await device.client.deadLetters.list()).toHaveLength(0)
})

test('[RC06] a device that took a new id since still finds what the server lost of the old one', async () => {
  await using world = openWorld()
  const device = await world.open()
  await device.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(device)
  const backup = world.backUp()
  await device.client.collections.tasks.create({ id: 'r-1', title: 'one' })
  await device.client.collections.tasks.create({ id: 'r-2', title: 'two' })
  await syncWell(device)
  const copy = await copyOf(world.storage)
  await device.client.close()
  const twin = await world.open({ storage: copy })
  twin.transport.once('push', failing(new SyncError('CLIENT_FORKED', 'A copy.', { clientId: 'c' })))
  await twin.client.collections.tasks.create({ id: 'r-3', title: 'three' })
  await syncWell(twin)
  world.restore(backup)
  await syncWell(twin)
  const all = { 'r-0': 'zero', 'r-1': 'one', 'r-2': 'two', 'r-3': 'three' }
  expect(world.serverRecords()).toEqual(all)
  expect(await shown(twin)).toEqual(all)
})
