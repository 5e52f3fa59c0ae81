import { expect, test } from 'vitest'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { startIdentity } from '../../src/oplog/identity.ts'
import { takeBatch } from '../../src/oplog/batch/take-batch.ts'
import { createStore } from '../../src/storage/store.ts'
import { openClient, sync } from '../support/client.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { schema } from '../support/schema.ts'
import { answering, scope } from '../support/transports.ts'

const limits = { operations: 200, bytes: 400_000 }

test('[CL07] [P04] localSeq counts over all tabs, clientSeq is given when first sent', async () => {
  const storage = memoryStorage()
  await using first = await openClient({ storage })
  await using second = await openClient({ storage })
  const writes = Array.from({ length: 20 }, (_, index) =>
    (index % 2 === 0 ? first : second).client.collections.tasks.create({ title: `${index}` }),
  )
  await Promise.all(writes)
  const operations = await first.client.operations.list()
  expect(operations.map(({ localSeq }) => localSeq)).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  )
  expect(operations.every(({ clientSeq }) => clientSeq === undefined)).toBe(true)

  const store = createStore(await storage.open('u-1'))
  const batch = await takeBatch(store, schema, scope, { ...limits, operations: 5 })
  expect(batch.operations.map(({ clientSeq }) => clientSeq)).toEqual([1, 2, 3, 4, 5])
  expect(batch.fresh).toBe(5)
  await store.close()
})

test('[CL11] [P03] what was put in a batch is frozen, and stored as sent before it leaves', async () => {
  const storage = memoryStorage()
  await using device = await openClient({ storage })
  const { tasks } = device.client.collections
  await tasks.create({ id: 'a', title: 'one' })
  await tasks.create({ id: 'b', title: 'two' })
  const store = createStore(await storage.open('u-1'))
  const first = await takeBatch(store, schema, scope, { ...limits, operations: 1 })
  expect((await device.client.operations.list()).map(({ status }) => status)).toEqual(['SENT', 'PENDING'])

  await tasks.update('a', { title: 'later' })
  const second = await takeBatch(store, schema, scope, limits)
  expect(second.operations[0]).toEqual(first.operations[0])
  expect(second.operations.map(({ clientSeq }) => clientSeq)).toEqual([1, 2, 3])
  expect(second.fresh).toBe(2)
  expect((await takeBatch(store, schema, scope, limits)).operations).toEqual(second.operations)
  await store.close()
})

test('[CL09] timestamps rise over all writes of a device, whatever its clock does', async () => {
  await using device = await openClient()
  const { environment, client } = device
  for (const jump of [0, 5_000, -86_400_000, 0]) {
    environment.advance(jump)
    await client.collections.tasks.create({ title: `${jump}` })
  }
  const stamps = (await client.operations.list()).map(({ timestamp }) => timestamp)
  expect(stamps).toEqual([...new Set(stamps)].toSorted((left, right) => left - right))
})

test('[CL09] an operation made before the server was heard is corrected by its time, once, when it is sent', async () => {
  await using device = await openClient()
  const { client, transport, environment } = device
  const { operationId } = await client.collections.tasks.create({ title: 'one' })
  const made = await client.operations.get(operationId)
  transport.once(
    'pull',
    answering((answer) => ({ ...answer, serverTime: environment.clock.now() + 3_600_000 })),
  )
  await sync(device)
  const sent = await client.operations.get(operationId)
  expect(sent?.timestamp).toBe((made?.timestamp ?? 0) + 3_600_000)
  expect([made?.uncorrected, sent?.uncorrected]).toEqual([true, false])
})

test('[CL34] a start rotates the instance only once the last rotation was acknowledged', async () => {
  const environment = manualEnvironment()
  const store = createStore(await memoryStorage().open('u-1'))
  const first = await startIdentity(store, environment, '1.0.0')
  const second = await startIdentity(store, environment, '1.0.0')
  const third = await startIdentity(store, environment, '1.0.0')
  expect(first.instance.acknowledged).toBe(first.instance.candidate)
  expect(second.instance.acknowledged).toBe(first.instance.acknowledged)
  expect(second.instance.candidate).not.toBe(first.instance.candidate)
  expect(third).toEqual(second)
  await store.close()
})
