import {
  collection,
  createSyncClient,
  defineSchema,
  fieldMerge,
  lastWriteWins,
  optimisticVersion,
  type SyncEvent,
} from '@holdfast/core'
import { compaction, type CompactionOptions } from '@holdfast/plugins/compaction'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { failure } from '../../../core/test/support/failure.ts'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'

const fields = z.object({ id: z.string(), title: z.string(), text: z.string().default('') })

const broken = {
  input: z.object({}),
  apply: (record: z.output<typeof fields>) => record,
  compose: (): never => {
    throw new Error('no luck')
  },
}

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    latest: collection({ fields, conflict: lastWriteWins() }),
    asked: collection({ fields, conflict: fieldMerge() }),
    broken: collection({
      fields,
      conflict: optimisticVersion({ onConflict: 'retry' }),
      operations: { broken },
    }),
  },
})

const server = localServer({ schema })

const openDevice = async (options?: CompactionOptions) => {
  const client = await createSyncClient({
    schema,
    user: 'u-1',
    storage: memoryStorage(),
    transport: server('u-1'),
    scopes: [scope],
    plugins: [compaction(options)],
    autoStart: false,
    environment: manualEnvironment(),
  })
  const events: SyncEvent[] = []
  client.events$.subscribe((event) => events.push(event))
  return {
    client,
    latest: client.collections.latest,
    passes: () =>
      events.flatMap((event) =>
        event.type === 'compacted' ? [`${event.trigger} ${event.before}-${event.folded}`] : [],
      ),
    problems: () => events.flatMap((event) => (event.type === 'problem' ? [event.error] : [])),
    pending: async () => (await client.operations.list({ status: 'PENDING' })).length,
    async sync() {
      client.start()
      expect(await client.syncNow()).toMatchObject({ status: 'synced', deadLetters: 0 })
      client.pause()
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}

/** Writes one after the other, and lets what they set off come to its end. */
const write = async (
  { client, pending }: Awaited<ReturnType<typeof openDevice>>,
  id: string,
  count: number,
): Promise<void> => {
  for (let edit = 0; edit < count; edit += 1)
    await client.collections.latest.update(id, { title: `${id} ${edit}` })
  for (let turn = 0; turn < 20; turn += 1) await pending()
}

const withRecords = async (options: CompactionOptions, ids: readonly string[]) => {
  const device = await openDevice(options)
  for (const id of ids) await device.latest.create({ id, title: 'new' })
  await device.sync()
  return device
}

test('[CP9] one record is compacted once so many operations were written to it', async () => {
  await using device = await withRecords({ perRecord: 10 }, ['record-a', 'record-b'])
  await write(device, 'record-b', 4)
  await write(device, 'record-a', 9)
  expect(device.passes()).toEqual([])
  await write(device, 'record-a', 1)
  expect(device.passes()).toEqual(['record 14-9'])
  expect(await device.pending()).toBe(5)
  await write(device, 'record-a', 9)
  expect(device.passes()).toHaveLength(1)
  await write(device, 'record-a', 1)
  expect(device.passes()).toEqual(['record 14-9', 'record 15-10'])
})

test('[CP9] a scope is compacted once so many operations were written to it', async () => {
  const ids = ['all-a', 'all-b', 'all-c']
  await using device = await withRecords({ threshold: 12, perRecord: 1_000 }, ids)
  for (const id of ids) await write(device, id, 4)
  expect(device.passes()).toEqual(['threshold 12-9'])
  for (const id of ids) await write(device, id, 4)
  expect(device.passes()).toEqual(['threshold 12-9', 'threshold 15-12'])
})

test('[CP9] what was sent is not counted', async () => {
  await using device = await withRecords({ threshold: 10, perRecord: 10, beforeSync: false }, ['counted'])
  await write(device, 'counted', 9)
  await device.sync()
  await write(device, 'counted', 9)
  expect(device.passes()).toEqual([])
})

test('[CP9] before a run sends, unless the app says otherwise', async () => {
  await using device = await withRecords({}, ['sync-a'])
  await write(device, 'sync-a', 5)
  await device.sync()
  expect(device.passes()).toEqual(['sync 5-4'])
  await device.sync()
  expect(device.passes()).toHaveLength(1)
  await using plain = await withRecords({ beforeSync: false }, ['sync-b'])
  await write(plain, 'sync-b', 5)
  await plain.sync()
  expect(plain.passes()).toEqual([])
})

test('[CP9] when the app asks for it', async () => {
  await using device = await withRecords({}, ['asked-a'])
  await write(device, 'asked-a', 5)
  expect(await device.client.plugins.compaction.compact(scope)).toBe(4)
  expect(await device.client.plugins.compaction.compact(scope)).toBe(0)
  expect(device.passes()).toEqual(['threshold 5-4'])
})

test('[CP9] a client that is closed meanwhile is left alone', async () => {
  const device = await withRecords({ threshold: 2, perRecord: 2 }, ['closed'])
  await device.latest.update('closed', { title: 'one' })
  const written = device.latest.update('closed', { title: 'two' })
  const closed = device.client.close()
  await Promise.allSettled([written, closed])
  expect(device.problems()).toEqual([])
  await failure(device.client.plugins.compaction.compact(scope), 'CLOSED')
})

test('[CP11] a `compose` of the app that throws is told, folds nothing, and holds up nothing', async () => {
  await using device = await openDevice()
  const records = device.client.collections.broken
  await records.create({ id: 'broken', title: 'new' })
  await device.sync()
  for (let count = 0; count < 3; count += 1) await records.run.broken('broken', {})
  await device.sync()
  expect(device.problems()).toMatchObject([
    { code: 'PLUGIN_FAILED', details: { plugin: 'compaction', hook: 'compactQueue' } },
  ])
  expect(await device.pending()).toBe(0)
  expect(device.passes()).toEqual([])
})

test.each([
  { threshold: 1 },
  { threshold: 1.5 },
  { perRecord: 0 },
  { perRecord: Number.NaN },
  { putAfter: 1 },
])('[CP9] numbers that make no sense are refused: %o', async (options) => {
  await failure(() => compaction(options), 'MISCONFIGURED')
})
