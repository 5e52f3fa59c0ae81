import { expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { openClient, sync } from '../support/client.ts'
import { answering, held, localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'
import type { PullAnswer, PullInput } from '../../src/protocol/pull.ts'
import type { PushAnswer, PushInput } from '../../src/protocol/push.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'

const unreachable = new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})

test('[EN19] a push whose page is not complete is followed by a pull to the head', async () => {
  const server = localServer({ limits: { page: 3 } })
  await using device = await openClient({ transport: server('u-1') })
  await using other = await openClient({ user: 'u-2', transport: server('u-2') })
  await sync(device)
  for (let count = 0; count < 8; count += 1) await other.client.collections.tasks.create({ title: 'theirs' })
  await sync(other)
  const before = device.transport.calls.length
  const { recordId } = await device.client.collections.tasks.create({ title: 'mine' })
  await untilStatus(device.client, 'synced')
  expect(device.transport.calls.slice(before, before + 2)).toEqual(['push', 'pull'])
  expect(await device.client.collections.tasks.find()).toHaveLength(9)
  expect(await device.client.collections.tasks.get(recordId)).toMatchObject({ title: 'mine' })
})

test('[EN20] [P07] a page of an older question never lies over a newer head', async () => {
  const server = localServer()
  const storage = memoryStorage()
  await using other = await openClient({ user: 'u-2', transport: server('u-2') })
  await using slow = await openClient({ storage, transport: server('u-1') })
  await using quick = await openClient({ storage, transport: server('u-1') })
  const { recordId } = await other.client.collections.tasks.create({ title: 'first' })
  await sync(other)

  const pull = held<PullInput, RequestOptions, PullAnswer>('answer')
  slow.transport.once('pull', pull.twist)
  slow.client.start()
  await pull.arrived
  await other.client.collections.tasks.update(recordId, { title: 'second' })
  await untilStatus(other.client, 'synced')
  await sync(quick)
  const seen: unknown[] = []
  slow.client.collections.tasks.get$(recordId).subscribe((task) => seen.push(task?.title))
  pull.release()
  await untilStatus(slow.client, 'synced')
  expect(seen.filter((title) => title !== undefined)).toEqual(['second'])
  expect(slow.transport.calls).toEqual(['pull', 'pull'])
})

/** One tab's push took effect and its answer got lost; nothing of it is known on the device. */
const openWithLostAnswer = async () => {
  const storage = memoryStorage()
  const transport = localServer()('u-1')
  const first = await openClient({ storage, transport })
  await sync(first)
  first.transport.once('push', (real) => async (input, options) => {
    await real(input, options)
    throw unreachable
  })
  const { operationId, recordId } = await first.client.collections.tasks.create({ title: 'mine' })
  await untilStatus(first.client, 'waiting')
  return { first, second: await openClient({ storage, transport }), operationId, recordId }
}

test('[EN21] a head that includes an operation whose answer got lost is shown once the verdict is known', async () => {
  const { first, second, operationId, recordId } = await openWithLostAnswer()
  const shown: unknown[] = []
  second.client.collections.tasks.get$(recordId).subscribe((task) => shown.push(task?.title))
  await sync(second)
  expect(second.transport.calls.slice(0, 2)).toEqual(['pull', 'resume'])
  expect(await second.client.operations.get(operationId)).toMatchObject({
    status: 'COMPLETED',
    fate: { kind: 'applied', version: 1 },
  })
  expect(shown).toEqual(['mine'])
  await Promise.all([first.client.close(), second.client.close()])
})

test('[EN21] [P05] a decision that the server no longer knows is told as such, and nothing is applied by guess', async () => {
  const { first, second, operationId } = await openWithLostAnswer()
  second.transport.once(
    'resume',
    answering((answer) => ({ ...answer, verdicts: [] })),
  )
  expect(await sync(second)).toMatchObject({ status: 'synced', deadLetters: 1 })
  expect(await second.client.operations.get(operationId)).toMatchObject({
    status: 'REJECTED',
    fate: { code: 'OUTCOME_UNKNOWN', message: expect.stringContaining('Look at the record') as string },
  })
  expect(await second.client.deadLetters.list()).toHaveLength(1)
  expect(second.transport.calls).not.toContain('push')
  await Promise.all([first.client.close(), second.client.close()])
})

test('[EN22] a request that another tab overtook with its start is no fork: it is sent again', async () => {
  const server = localServer()
  const storage = memoryStorage()
  await using first = await openClient({ storage, transport: server('u-1') })
  await sync(first)
  await first.client.collections.tasks.create({ title: 'zero' })
  await untilStatus(first.client, 'synced')
  const push = held<PushInput, RequestOptions, PushAnswer>('request')
  first.transport.once('push', push.twist)
  const { operationId } = await first.client.collections.tasks.create({ title: 'one' })
  await push.arrived

  await using second = await openClient({ storage, transport: server('u-1') })
  await second.client.collections.tasks.create({ title: 'two' })
  await sync(second)
  push.release()
  const { error } = await untilStatus(first.client, 'waiting')
  expect(error.code).toBe('STORAGE_CONFLICT')
  first.environment.advance(60_000)
  await untilStatus(first.client, 'synced')
  expect(await first.client.operations.get(operationId)).toMatchObject({ status: 'COMPLETED' })
})

test('[EN23] a collection that only a newer schema knows does not stop the others', async () => {
  await using device = await openClient()
  const { client, transport } = device
  await client.collections.tasks.create({ title: 'mine' })
  const head = { version: 1, seq: 1, updatedBy: 'u-2', updatedAt: 1, kind: 'record' as const }
  transport.once(
    'pull',
    answering((answer) => ({
      ...answer,
      changes: [{ ...head, collection: 'labels', id: 'l-1', data: '{"id":"l-1"}' }],
    })),
  )
  client.start()
  const state = await client.syncNow()
  expect(state.status).toBe('synced')
})
