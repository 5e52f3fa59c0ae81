import {
  collection,
  counter,
  createSyncClient,
  defineSchema,
  increment,
  lastWriteWins,
  SyncError,
  systemEnvironment,
} from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { compaction } from '@holdfast/plugins/compaction'
import { createMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { copyOf, prune } from '../../../core/test/recovery/world.ts'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { failing, localServer, scope, twisted } from '../../../core/test/support/transports.ts'

/** What is applied twice counts twice. */
const schema = defineSchema({
  version: '1.0.0',
  collections: {
    items: collection({ fields: z.object({ id: z.string(), votes: counter() }), conflict: lastWriteWins() }),
  },
})

const openWorld = () => {
  const state = createMemoryServerState()
  let later = 0
  const clock = { ...systemEnvironment.clock, now: () => systemEnvironment.clock.now() + later }
  const environment = { ...systemEnvironment, clock }
  const server = localServer({ schema, store: memoryServerStore({ state }), environment })
  const open = async (storage: StorageAdapter = memoryStorage(), user = 'u-1') => {
    const transport = twisted(server(user))
    const client = await createSyncClient({
      ...{ schema, user, storage, transport },
      scopes: [scope],
      autoStart: false,
      environment: manualEnvironment(),
      plugins: [compaction()],
    })
    const { items } = client.collections
    return {
      ...{ client, transport, storage, items },
      sync: async () => {
        client.start()
        const { status } = await client.syncNow()
        client.pause()
        return status
      },
      vote: async (by: number) => (await items.update('a', { votes: increment(by) })).operationId,
      votes: async () => (await items.get('a'))?.votes,
    }
  }
  /** Deletions that whoever was not here since will never hear of. */
  const forget = async () => {
    const other = await open(memoryStorage(), 'u-2')
    for (const id of ['x', 'y']) {
      await other.items.create({ id })
      await other.sync()
      await other.items.delete(id)
      await other.sync()
    }
    await other.client.close()
    await prune(state, 31)
    // What is written from now on is younger than anything that was forgotten.
    later = 32 * 86_400_000
  }
  return { state, open, forget }
}

type Device = Awaited<ReturnType<ReturnType<typeof openWorld>['open']>>

/** A device that has synced, with one vote since. */
const voted = async (world: ReturnType<typeof openWorld>): Promise<Device> => {
  const device = await world.open()
  await device.items.create({ id: 'a' })
  await device.sync()
  await device.vote(1)
  return device
}

test('[CP13] what a copy of the device may have sent is not folded into what it made since, and applied once', async () => {
  const world = openWorld()
  const first = await voted(world)
  await first.client.close()
  const copy = await copyOf(first.storage)
  const original = await world.open(first.storage)
  expect(await original.sync()).toBe('synced')
  const twin = await world.open(copy)
  await twin.vote(10)
  await twin.vote(100)
  expect(await twin.sync()).toBe('synced')
  expect(await twin.votes()).toBe(111)
  await original.sync()
  expect(await original.votes()).toBe(111)
  for (const { client } of [original, twin]) await client.close()
})

test('[CP13] nothing is folded while a device that knows that it has a copy has not gone on yet', async () => {
  const world = openWorld()
  const first = await voted(world)
  await first.vote(10)
  await first.client.close()
  const database = await first.storage.open('u-1')
  const [meta] = await database.read([{ get: 'meta' }])
  const before = JSON.parse(meta?.value ?? '') as { readonly clientId: string }
  const after = { ...before, clientId: 'another', formerIds: [before.clientId] }
  await database.commit({ expect: [], writes: [{ key: 'meta', value: JSON.stringify(after) }] })
  await database.close()
  const device = await world.open(first.storage)
  expect(await device.client.plugins.compaction.compact(scope)).toBe(0)
  expect(await device.sync()).toBe('synced')
  expect(await device.votes()).toBe(11)
  await device.client.close()
})

test('[CP13] what was restored from a backup may have been sent by another device, and is not folded', async () => {
  const world = openWorld()
  const first = await voted(world)
  await first.client.close()
  await world.forget()
  // A run that begins by pulling is told before anything is sent.
  const device = await world.open(first.storage)
  await device.sync()
  expect(await device.votes()).toBe(1)
  const [backup] = await device.client.backups.list()
  const text = await device.client.backups.export(backup?.id ?? '')
  const elsewhere = await world.open()
  await elsewhere.sync()
  expect(await elsewhere.client.backups.restore(text)).toMatchObject({ queued: 1 })
  await elsewhere.vote(10)
  await elsewhere.vote(100)
  await elsewhere.sync()
  expect(await elsewhere.votes()).toBe(111)
  for (const { client } of [device, elsewhere]) await client.close()
})

test('[BK11] [CP13] what was folded after the backup was made is in its text as what it became', async () => {
  const world = openWorld()
  const first = await voted(world)
  await first.vote(10)
  await first.client.close()
  await world.forget()
  const device = await world.open(first.storage)
  await device.sync()
  expect(await device.votes()).toBe(11)
  const [backup] = await device.client.backups.list()
  const elsewhere = await world.open()
  await elsewhere.sync()
  await elsewhere.client.backups.restore(await device.client.backups.export(backup?.id ?? ''))
  await elsewhere.sync()
  expect(await elsewhere.votes()).toBe(11)
  expect(await elsewhere.client.deadLetters.list()).toEqual([])
  for (const { client } of [device, elsewhere]) await client.close()
})

test('[CP13] what is in a backup that was exported is not folded any more', async () => {
  const world = openWorld()
  const first = await voted(world)
  await first.vote(10)
  await first.client.close()
  await world.forget()
  const device = await world.open(first.storage)
  device.transport.once('pull', (real) => real)
  device.transport.once('pull', (real) => real)
  device.transport.once('pull', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  await device.sync()
  const [backup] = await device.client.backups.list()
  const text = await device.client.backups.export(backup?.id ?? '')
  expect(await device.client.plugins.compaction.compact(scope)).toBe(0)
  await device.vote(100)
  await device.vote(1_000)
  expect(await device.client.plugins.compaction.compact(scope)).toBe(1)
  const elsewhere = await world.open()
  await elsewhere.sync()
  expect(await elsewhere.client.backups.restore(text)).toMatchObject({ queued: 2 })
  await elsewhere.sync()
  await device.sync()
  await elsewhere.sync()
  for (const one of [device, elsewhere]) expect(await one.votes()).toBe(1_111)
  for (const { client } of [device, elsewhere]) await client.close()
})

test('[CP6] what was made before a reset is not folded into what was made since: it may have to end by itself', async () => {
  const world = openWorld()
  const first = await voted(world)
  await first.client.close()
  const copy = await copyOf(first.storage)
  const original = await world.open(first.storage)
  await original.sync()
  await world.forget()
  const twin = await world.open(copy)
  // The reset is done, and the line breaks before anything is sent.
  const broken = failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {}))
  twin.transport.once('pull', (real) => real)
  twin.transport.once('pull', (real) => real)
  twin.transport.once('pull', broken)
  await twin.sync()
  expect((await twin.client.backups.list()).map(({ reason }) => reason)).toEqual(['offline_too_long'])
  await twin.vote(10)
  await twin.vote(100)
  await twin.client.plugins.compaction.compact(scope)
  expect(await twin.client.operations.list({ status: 'PENDING' })).toHaveLength(2)
  await twin.sync()
  expect(await twin.votes()).toBe(111)
  expect(await twin.client.deadLetters.list()).toMatchObject([{ fate: { code: 'OUTCOME_UNKNOWN' } }])
  for (const { client } of [original, twin]) await client.close()
})
