import { definePlugin, type Plugin, type SyncClientOptions, type SyncEvent } from '@holdfast/core'
import { compactionPart } from '@holdfast/core/parts'
import { compaction } from '@holdfast/plugins/compaction'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { openClient, sync, type TestClient } from '../../../core/test/support/client.ts'
import { countedStorage } from '../../../core/test/support/counted-storage.ts'
import { dyingStorage } from '../../../core/test/support/dying-storage.ts'
import { failure } from '../../../core/test/support/failure.ts'
import type { Collections } from '../../../core/test/support/schema.ts'
import { failing, localServer, scope } from '../../../core/test/support/transports.ts'

type Options = Partial<SyncClientOptions<Collections>>

/** A device whose queue holds `maxOps`, with what it told. */
const open = async (options: Options): Promise<TestClient & { readonly told: SyncEvent[] }> => {
  const device = await openClient(options)
  const told: SyncEvent[] = []
  device.client.events$.subscribe((event) => told.push(event))
  return { ...device, told }
}

/** Folds nothing, and counts how often it is asked. */
const asking = (): { readonly plugin: Plugin; readonly asked: string[] } => {
  const asked: string[] = []
  const plugin = definePlugin({
    name: 'asking',
    parts: [compactionPart],
    hooks: {
      compactQueue(record) {
        if (record.trigger === 'full') asked.push(record.recordId)
        return record
      },
    },
  })
  return { plugin, asked }
}

const fill = async ({ client }: TestClient, count: number, name = 'latest' as const): Promise<void> => {
  for (let index = 0; index < count; index += 1)
    await client.collections[name].create({ id: `${name}-${index}`, title: `${index}` })
}

const never = { beforeSync: false, threshold: 1_000_000, perRecord: 1_000_000 }

test('[LQ1] a queue that is full is compacted before a write is refused', async () => {
  const device = await open({ limits: { maxOps: 10 }, plugins: [compaction(never)] })
  const { latest } = device.client.collections
  await fill(device, 2)
  for (let edit = 0; edit < 50; edit += 1) await latest.update('latest-0', { title: `edit ${edit}` })
  expect(device.told.filter(({ type }) => type === 'compacted')[0]).toMatchObject({
    trigger: 'full',
    before: 10,
  })
  expect(await latest.get('latest-0')).toMatchObject({ title: 'edit 49' })
  await sync(device)
  expect(await device.client.operations.list({ status: 'PENDING' })).toEqual([])
  await device.client.close()
})

test('[LQ1] where nothing can be folded the write is refused, and nothing was changed', async () => {
  await using device = await open({ limits: { maxOps: 10 }, plugins: [compaction(never)] })
  await fill(device, 10)
  const error = await failure(
    device.client.collections.latest.create({ id: 'one', title: 'more' }),
    'QUEUE_FULL',
  )
  expect(error.details).toEqual({ limit: 10 })
  expect(await device.client.collections.latest.get('one')).toBeUndefined()
  const work = device.client.transaction(async ({ collections }) => {
    await collections.latest.update('latest-0', { title: 'two' })
    await collections.latest.create({ id: 'two', title: 'more' })
  })
  await failure(work, 'QUEUE_FULL')
  expect(await device.client.collections.latest.find()).toHaveLength(10)
  expect(await sync(device)).toMatchObject({ status: 'synced' })
  await device.client.collections.latest.create({ id: 'one', title: 'more' })
})

test('[LQ1] a transaction finds room too', async () => {
  await using device = await open({ limits: { maxOps: 10 }, plugins: [compaction(never)] })
  await fill(device, 2)
  for (let edit = 0; edit < 8; edit += 1)
    await device.client.collections.latest.update('latest-1', { title: `edit ${edit}` })
  let runs = 0
  await device.client.transaction(async ({ collections }) => {
    runs += 1
    const before = await collections.latest.get('latest-1')
    await collections.latest.update('latest-1', { title: `${before?.title ?? ''}, and more` })
    await collections.latest.create({ id: 'new', title: 'new' })
  })
  expect(runs).toBe(2)
  expect(await device.client.collections.latest.get('latest-1')).toMatchObject({ title: 'edit 7, and more' })
})

test('[LQ2] a queue that stays full is not read again at each write', async () => {
  const storage = countedStorage()
  const { plugin, asked } = asking()
  await using device = await open({ storage, limits: { maxOps: 400 }, plugins: [plugin] })
  const { latest } = device.client.collections
  await fill(device, 200)
  for (let index = 0; index < 200; index += 1) await latest.update(`latest-${index}`, { title: 'edited' })
  await failure(latest.update('latest-0', { title: 'refused' }), 'QUEUE_FULL')
  expect(asked).toHaveLength(200)
  await failure(latest.update('latest-0', { title: 'refused' }), 'QUEUE_FULL')
  expect(asked).toHaveLength(201)
  const before = storage.reads.length
  for (let write = 0; write < 100; write += 1)
    await failure(latest.update('latest-0', { title: 'refused' }), 'QUEUE_FULL')
  expect(asked).toHaveLength(201)
  const reads = storage.reads.slice(before)
  expect(reads.length / 100).toBeLessThan(8)
  expect(reads.flat().filter((request) => 'scan' in request)).toEqual([])
})

test('[LQ2] a record that can be folded makes room also between two compactions', async () => {
  await using device = await open({ limits: { maxOps: 100 }, plugins: [compaction(never)] })
  await fill(device, 99)
  const { latest } = device.client.collections
  for (let edit = 0; edit < 300; edit += 1) await latest.update('latest-98', { title: `edit ${edit}` })
  await failure(latest.create({ title: 'new' }), 'QUEUE_FULL')
  expect(await latest.get('latest-98')).toMatchObject({ title: 'edit 299' })
})

const disposable: Options['limits'] = { maxOps: 10, onFull: { drop: ['parts'] } }

test('[LQ3] where the app says so, the oldest of disposable collections make room: they end as cancelled, and it is told', async () => {
  await using device = await open({ limits: disposable })
  const { parts, latest } = device.client.collections
  const views = []
  for (let index = 0; index < 4; index += 1)
    views.push(await parts.create({ id: `v-${index}`, title: 'viewed' }))
  await fill(device, 6)
  await latest.create({ id: 'counts', title: 'counts' })
  await parts.create({ id: 'v-4', title: 'viewed' })
  await Promise.all([1, 2].map((index) => latest.create({ id: `both-${index}`, title: 'both' })))
  expect(device.told.filter(({ type }) => type === 'dropped')).toMatchObject([
    { scope, operations: [views[0]?.operationId] },
    { scope, operations: [views[1]?.operationId] },
    { scope, operations: [views[2]?.operationId, views[3]?.operationId] },
  ])
  for (const { operationId, recordId } of views) {
    expect(await device.client.operations.get(operationId)).toMatchObject({
      status: 'CANCELLED',
      fate: { kind: 'cancelled', reason: 'queueFull' },
    })
    expect(await parts.get(recordId)).toBeUndefined()
  }
  // The last disposable one, and then there is none.
  await latest.create({ id: 'last', title: 'last' })
  await failure(latest.create({ id: 'refused', title: 'refused' }), 'QUEUE_FULL')
  await sync(device)
  expect((await device.client.operations.list({ status: 'COMPLETED' })).length).toBe(10)
})

test('[LQ4] nothing that is left builds on what was dropped', async () => {
  await using device = await open({ limits: { maxOps: 10, onFull: { drop: ['parts', 'tasks'] } } })
  const { client } = device
  // Others may refer to tasks; a transaction is whole; a creation takes with it what was done to its record since.
  await client.collections.tasks.create({ id: 't', title: 'referred to' })
  await client.transaction(async ({ collections }) => {
    await collections.parts.create({ id: 'whole', title: 'whole', task: 't' })
    await collections.latest.create({ id: 'whole', title: 'whole' })
  })
  await client.collections.parts.create({ id: 'p', title: 'p', task: 't' })
  await client.collections.latest.create({ id: 'l', title: 'l' })
  await client.collections.parts.update('p', { title: 'edited' })
  await client.collections.parts.update('whole', { title: 'alone' })
  for (let index = 0; index < 3; index += 1)
    await client.collections.latest.create({ id: `n-${index}`, title: 'n' })
  await client.collections.latest.create({ id: 'in', title: 'the queue was full' })
  expect(await client.collections.parts.get('p')).toBeUndefined()
  expect(await client.collections.parts.get('whole')).toMatchObject({ title: 'alone' })
  // Two made room for one.
  await client.collections.latest.create({ id: 'in-too', title: 'fits' })
  await client.collections.latest.create({ id: 'in-three', title: 'an edit makes room' })
  expect(await client.collections.parts.get('whole')).toMatchObject({ title: 'whole' })
  await failure(client.collections.latest.create({ title: 'no more' }), 'QUEUE_FULL')
  expect(await sync(device)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect((await client.operations.list({ status: 'CANCELLED' })).length).toBe(3)
  expect(await client.collections.tasks.get('t')).toBeDefined()
})

test('[LQ4] what was sent is never dropped', async () => {
  await using device = await open({ limits: disposable })
  const { client, transport } = device
  for (let index = 0; index < 10; index += 1)
    await client.collections.parts.create({ id: `p-${index}`, title: 'p' })
  transport.once('push', failing(new TypeError('the network is gone')))
  await sync(device)
  client.pause()
  await failure(client.collections.latest.create({ title: 'no room' }), 'QUEUE_FULL')
  expect(await client.collections.parts.find()).toHaveLength(10)
})

test('[LQ3] a crash while room is made leaves each operation in the queue or cancelled', async () => {
  const server = localServer()
  let deaths = 0
  for (let call = 1; ; call += 1) {
    const place = memoryStorage()
    const user = `u-${call}`
    const given = { user, limits: disposable, transport: server(user) }
    const first = await open({ ...given, storage: place })
    for (let index = 0; index < 10; index += 1)
      await first.client.collections.parts.create({ id: `${user}-${index}`, title: 'p' })
    await first.client.close()
    const dying = dyingStorage(place)
    const second = await open({ ...given, storage: dying.storage })
    dying.arm({ call: Math.ceil(call / 2), side: call % 2 === 0 ? 'after' : 'before' })
    const ended = await Promise.race([
      second.client.collections.latest
        .create({ id: `${user}-new`, title: 'new' })
        .then(() => 'ended' as const),
      dying.died.then(() => 'died' as const),
    ])
    if (ended === 'ended') break
    deaths += 1
    const third = await open({ ...given, storage: place })
    const operations = await third.client.operations.list()
    const shown = await third.client.collections.parts.find()
    const pending = operations.filter(
      ({ status, collection }) => status === 'PENDING' && collection === 'parts',
    )
    expect(pending).toHaveLength(shown.length)
    expect(operations.filter(({ collection }) => collection === 'parts')).toHaveLength(10)
    expect(await sync(third)).toMatchObject({ status: 'synced', deadLetters: 0 })
    await third.client.close()
  }
  expect(deaths).toBeGreaterThan(5)
})

test('[LQ5] options that make no sense are refused', async () => {
  for (const onFull of ['drop', { drop: [] }, { drop: ['nothing'] }, { drop: [1] }] as const) {
    const limits = { onFull } as unknown as NonNullable<Options['limits']>
    const error = await failure(openClient({ limits }), 'MISCONFIGURED')
    expect(error.details).toEqual({ option: 'limits.onFull' })
  }
})
