import { SyncError } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import type { PushAnswer, PushInput } from '../../src/protocol/push.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'
import { readOwned } from '../../src/oplog/recovery/owner.ts'
import { createStore } from '../../src/storage/store.ts'
import { fateOf, openWorld, syncWell } from '../recovery/world.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { failing, held, localServer, scope } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

const tooSoon = new SyncError('RATE_LIMITED', 'Not so fast.', { retryAfterMs: 5_000 })

/** Its next push comes too soon. What is returned lets it go on. */
const untilItWaits = async ({ client, transport, environment }: TestClient): Promise<() => Promise<void>> => {
  transport.once('push', failing(tooSoon))
  client.start()
  const { retryAt } = await untilStatus(client, 'waiting')
  return async () => {
    environment.advance(retryAt - environment.clock.now())
    await untilStatus(client, 'synced')
  }
}

/** Notes what the next push carries. */
const noted = ({ transport }: TestClient): readonly PushInput[] => {
  const inputs: PushInput[] = []
  transport.once('push', (real) => (input, options) => {
    inputs.push(input)
    return real(input, options)
  })
  return inputs
}

const pushes = ({ transport }: TestClient): number => transport.calls.filter((call) => call === 'push').length

test('[EN44] a batch that waited is not sent again where another tab has sent it meanwhile', async () => {
  const storage = memoryStorage()
  const transport = localServer()('u-1')
  await using one = await openClient({ storage, transport })
  await using two = await openClient({ storage, transport })
  await one.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  const goOn = await untilItWaits(one)
  expect(await sync(two)).toMatchObject({ status: 'synced' })
  await goOn()
  expect(pushes(one)).toBe(1)
})

test('[EN44] what was taken back while its batch waited goes out as taken back', async () => {
  await using device = await openClient()
  const { client } = device
  const { operationId } = await client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  const goOn = await untilItWaits(device)
  await client.operations.cancel(operationId)
  const inputs = noted(device)
  await goOn()
  expect(inputs.map(({ operations }) => operations.map(({ cancel }) => cancel))).toEqual([[true]])
  expect(await client.operations.get(operationId)).toMatchObject({ fate: { kind: 'cancelled' } })
})

test('[EN44] [RC03] a batch that waited while another tab found a copy is not sent under the old id: seed 99770767', async () => {
  await using world = openWorld()
  const one = await world.open()
  await syncWell(one)
  const two = await world.open()
  await syncWell(two)
  const { operationId } = await one.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  const goOn = await untilItWaits(one)
  two.transport.once('push', failing(new SyncError('CLIENT_FORKED', 'A copy.', { clientId: 'c' })))
  two.transport.once('push', failing(new SyncError('SERVER_FAILED', 'It failed.', {})))
  two.client.start()
  await untilStatus(two.client, 'waiting')
  two.client.pause()
  const inputs = noted(one)
  await goOn()
  const store = createStore(await world.storage.open('u-1'))
  const { meta } = await readOwned(store, scope)
  await store.close()
  const [stored] = await one.client.operations.list({ status: 'COMPLETED' })
  expect(stored).toMatchObject({ id: operationId, clientSeq: 1 })
  expect(inputs).toMatchObject([{ clientId: meta.clientId, operations: [{ id: operationId, clientSeq: 1 }] }])
  expect(meta.formerIds).toHaveLength(1)
  expect(await fateOf(one, operationId)).toBe('applied')
})

test('[SC10] a batch goes out as it is stored once the numbers of a scope that was left are spent', async () => {
  await using device = await openClient()
  const { client, transport } = device
  await client.collections.tasks.create({ id: 'r-0', title: 'discarded' })
  transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})))
  client.start()
  await untilStatus(client, 'waiting')
  await client.scopes.leave(scope, { discard: true })
  await client.scopes.join(scope)
  const spending = held<PushInput, RequestOptions, PushAnswer>('answer')
  transport.once('push', spending.twist)
  const { operationId } = await client.collections.tasks.create({ id: 'r-1', title: 'one' })
  const over = sync(device)
  await spending.arrived
  await client.operations.cancel(operationId)
  spending.release()
  expect(await over).toMatchObject({ status: 'synced' })
  expect(await client.operations.get(operationId)).toMatchObject({ fate: { kind: 'cancelled' } })
  expect(await client.collections.tasks.find()).toEqual([])
})
