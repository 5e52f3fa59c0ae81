import { describe, expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import type { PushInput } from '../../src/protocol/push.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { failure } from '../support/failure.ts'
import { openPair } from '../support/pair.ts'
import { failing, held, localServer } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'

const unreachable = new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})

const settle = async (device: TestClient): Promise<void> => {
  await sync(device)
  await untilStatus(device.client, 'synced')
  device.client.pause()
}

const statusOf = async ({ client }: TestClient, operationId: string): Promise<string | undefined> =>
  (await client.operations.get(operationId))?.status

const queueOf = ({ client }: TestClient) => until(client.queue$, () => true)

const openTask = async (): Promise<{
  readonly device: TestClient
  readonly server: ReturnType<typeof localServer>
}> => {
  const server = localServer()
  const device = await openClient({ transport: server('u-1') })
  await device.client.collections.tasks.create({ id: 'a', title: 'old' })
  await settle(device)
  return { device, server }
}

const seenByOthers = async (server: ReturnType<typeof localServer>): Promise<readonly string[]> => {
  await using other = await openClient({ user: 'u-2', transport: server('u-2') })
  await sync(other)
  const tasks = await other.client.collections.tasks.find({ orderBy: { id: 'asc' } })
  return tasks.map(({ id, title }) => `${id} ${title}`)
}

describe('[CL84] an operation that was never sent ends at once', () => {
  test('and the record is shown without it', async () => {
    const { device, server } = await openTask()
    const { client } = device
    const { operationId } = await client.collections.tasks.update('a', { title: 'mistake' })
    await client.collections.tasks.update('a', { votes: 1 })
    await client.operations.cancel(operationId)
    expect(await client.operations.get(operationId)).toMatchObject({
      status: 'CANCELLED',
      fate: { kind: 'cancelled' },
    })
    expect(await client.collections.tasks.get('a')).toMatchObject({ title: 'old', votes: 1 })
    expect(await queueOf(device)).toMatchObject({ pending: 1, sent: 0 })
    await settle(device)
    expect(await client.collections.tasks.get('a')).toMatchObject({ title: 'old', votes: 1 })
    expect(await seenByOthers(server)).toEqual(['a old'])
  })

  test('a creation and a deletion too', async () => {
    const { device } = await openTask()
    const { client } = device
    const created = await client.collections.tasks.create({ id: 'b', title: 'mistake' })
    const deleted = await client.collections.tasks.delete('a')
    await client.operations.cancel(created.operationId)
    await client.operations.cancel(deleted.operationId)
    expect(await client.collections.tasks.find()).toMatchObject([{ id: 'a' }])
    await settle(device)
    expect(device.transport.calls.filter((call) => call === 'push')).toHaveLength(1)
  })

  test('with all others of its transaction', async () => {
    const { device } = await openTask()
    const { client } = device
    await client.transaction(async ({ collections: { tasks } }) => {
      await tasks.update('a', { title: 'mistake' })
      await tasks.create({ id: 'b', title: 'mistake' })
    })
    const made = await client.operations.list({ status: 'PENDING' })
    await client.operations.cancel(made[1]?.id ?? '')
    for (const { id } of made) expect(await statusOf(device, id)).toBe('CANCELLED')
    expect(await client.collections.tasks.find()).toMatchObject([{ id: 'a', title: 'old' }])
    expect(await queueOf(device)).toMatchObject({ pending: 0 })
  })

  test('settled tells', async () => {
    const { device } = await openTask()
    const { client } = device
    const { operationId } = await client.collections.tasks.update('a', { title: 'mistake' })
    const settled = client.operations.settled(operationId)
    await client.operations.cancel(operationId)
    expect(await settled).toMatchObject({ status: 'CANCELLED' })
  })

  test('though the queue is full', async () => {
    await using device = await openClient({ limits: { maxOps: 1 } })
    const { operationId } = await device.client.collections.tasks.create({ title: 'mistake' })
    await device.client.operations.cancel(operationId)
    await device.client.collections.tasks.create({ title: 'fits again' })
  })
})

describe('[CL85] what builds on a creation that is taken back before it was sent', () => {
  test('ends with it: later operations of the record, and what refers to it, as dead letters', async () => {
    const { device } = await openTask()
    const { client } = device
    const root = await client.collections.tasks.create({ id: 'b', title: 'mistake' })
    const update = await client.collections.tasks.update('b', { votes: 1 })
    const part = await client.collections.parts.create({ id: 'p', title: 'part', task: 'b' })
    const renamed = await client.collections.parts.update('p', { title: 'part of it' })
    const stranger = await client.collections.parts.create({ id: 'q', title: 'of another', task: 'a' })
    await client.operations.cancel(root.operationId)
    expect(await statusOf(device, root.operationId)).toBe('CANCELLED')
    const letters = await client.deadLetters.list()
    expect(letters.map(({ id, fate }) => [id, fate])).toMatchObject([
      [update.operationId, { kind: 'rejected', code: 'DEPENDENCY', cause: root.operationId }],
      [part.operationId, { kind: 'rejected', code: 'DEPENDENCY', cause: root.operationId }],
      [renamed.operationId, { kind: 'rejected', code: 'DEPENDENCY', cause: part.operationId }],
    ])
    expect(await queueOf(device)).toMatchObject({ pending: 1, deadLetters: 3 })
    expect(await client.collections.parts.find()).toMatchObject([{ id: 'q' }])
    await settle(device)
    expect(await statusOf(device, stranger.operationId)).toBe('COMPLETED')
  })

  test('of a transaction all of it', async () => {
    const { device } = await openTask()
    const { client } = device
    const root = await client.collections.tasks.create({ id: 'b', title: 'mistake' })
    await client.transaction(async ({ collections: { tasks, parts } }) => {
      await tasks.update('a', { title: 'with it' })
      await parts.create({ id: 'p', title: 'part', task: 'b' })
    })
    await client.operations.cancel(root.operationId)
    const [first, second] = await client.deadLetters.list()
    expect(first?.fate).toEqual({ kind: 'aborted', cause: second?.id, reason: 'rejected' })
    expect(second?.fate).toMatchObject({ code: 'DEPENDENCY', cause: root.operationId })
    expect(await client.collections.tasks.get('a')).toMatchObject({ title: 'old' })
    // The record made again, they can be too.
    await client.collections.tasks.create({ id: 'b', title: 'right' })
    await client.deadLetters.retry(first?.id ?? '')
    await settle(device)
    expect(await client.collections.tasks.get('a')).toMatchObject({ title: 'with it' })
    expect(await client.collections.parts.get('p')).toMatchObject({ task: 'b' })
  })

  test('stays where the record is made anew, or is there anyway', async () => {
    const { device } = await openTask()
    const { client } = device
    const { tasks, parts } = client.collections
    const root = await tasks.create({ id: 'b', title: 'mistake' })
    await tasks.delete('b')
    await tasks.create({ id: 'b', title: 'anew' })
    await parts.create({ id: 'p', title: 'part', task: 'b' })
    await client.operations.cancel(root.operationId)
    const letters = await client.deadLetters.list()
    expect(letters.map(({ type }) => type)).toEqual(['delete'])
    await settle(device)
    expect(await tasks.get('b')).toMatchObject({ title: 'anew' })
    expect(await parts.get('p')).toBeDefined()
  })
})

describe('[CL86] an operation that was sent ends when the server says so', () => {
  test('that never arrived: it is cancelled, and can not arrive any more', async () => {
    const { device, server } = await openTask()
    const { client, transport } = device
    let late: (() => Promise<unknown>) | undefined
    const { operationId } = await client.collections.tasks.update('a', { title: 'mistake' })
    await client.collections.tasks.update('a', { votes: 1 })
    transport.once('push', (real) => (input, options) => {
      late = () => real(input, options)
      return Promise.reject(unreachable)
    })
    client.start()
    await untilStatus(client, 'waiting')
    await client.operations.cancel(operationId)
    expect(await client.operations.get(operationId)).toMatchObject({ status: 'SENT', cancel: true })
    // Until the server has told, it may have taken effect.
    expect(await client.collections.tasks.get('a')).toMatchObject({ title: 'mistake' })
    await client.syncNow()
    expect(await client.operations.get(operationId)).toMatchObject({
      status: 'CANCELLED',
      fate: { kind: 'cancelled' },
    })
    expect(await client.collections.tasks.get('a')).toMatchObject({ title: 'old', votes: 1 })
    await late?.()
    expect(await seenByOthers(server)).toEqual(['a old'])
  })

  test('that was applied: that stands', async () => {
    const { device, server } = await openTask()
    const { client } = device
    const { operationId } = await client.collections.tasks.update('a', { title: 'too late' })
    device.transport.once('push', (real) => async (input, options) => {
      await real(input, options)
      throw unreachable
    })
    client.start()
    await untilStatus(client, 'waiting')
    await client.operations.cancel(operationId)
    await client.syncNow()
    expect(await statusOf(device, operationId)).toBe('COMPLETED')
    expect(await client.collections.tasks.get('a')).toMatchObject({ title: 'too late' })
    expect(await seenByOthers(server)).toEqual(['a too late'])
  })

  test('whose answer is on its way: that stands', async () => {
    const { device } = await openTask()
    const { client, transport } = device
    const answer = held<PushInput, unknown, never>('answer')
    transport.once('push', answer.twist as never)
    const { operationId } = await client.collections.tasks.update('a', { title: 'too late' })
    client.start()
    await answer.arrived
    await client.operations.cancel(operationId)
    answer.release()
    expect(await client.operations.settled(operationId)).toMatchObject({ status: 'COMPLETED' })
  })

  test('with all others of its transaction', async () => {
    const { device, server } = await openTask()
    const { client, transport } = device
    await client.transaction(async ({ collections: { tasks } }) => {
      await tasks.update('a', { title: 'mistake' })
      await tasks.create({ id: 'b', title: 'mistake' })
    })
    transport.once('push', failing(unreachable))
    client.start()
    await untilStatus(client, 'waiting')
    const sent = await client.operations.list({ status: 'SENT' })
    await client.operations.cancel(sent[0]?.id ?? '')
    await client.syncNow()
    for (const { id } of sent) expect(await statusOf(device, id)).toBe('CANCELLED')
    expect(await seenByOthers(server)).toEqual(['a old'])
  })

  test('is asked again after a restart', async () => {
    const { device, server } = await openTask()
    const { client, transport } = device
    const { operationId } = await client.collections.tasks.update('a', { title: 'mistake' })
    transport.once('push', failing(unreachable))
    client.start()
    await untilStatus(client, 'waiting')
    client.pause()
    await client.operations.cancel(operationId)
    await using again = await device.restart()
    await settle(again)
    expect(await statusOf(again, operationId)).toBe('CANCELLED')
    expect(await seenByOthers(server)).toEqual(['a old'])
  })

  test('a creation: what builds on it is rejected with it as its cause', async () => {
    const { device } = await openTask()
    const { client, transport } = device
    const root = await client.collections.tasks.create({ id: 'b', title: 'mistake' })
    const update = await client.collections.tasks.update('b', { votes: 1 })
    const part = await client.collections.parts.create({ id: 'p', title: 'part', task: 'b' })
    transport.once('push', failing(unreachable))
    client.start()
    await untilStatus(client, 'waiting')
    await client.operations.cancel(root.operationId)
    await client.syncNow()
    const letters = await client.deadLetters.list()
    expect(letters.map(({ id, fate }) => [id, fate])).toMatchObject([
      [update.operationId, { code: 'DEPENDENCY', cause: root.operationId }],
      [part.operationId, { code: 'DEPENDENCY', cause: root.operationId }],
    ])
  })
})

describe('[CL86] one that is held back', () => {
  const openHeld = async () => {
    const server = localServer({
      authorize({ after }) {
        if (after?.['title'] === 'waits') throw new SyncError('SERVER_FAILED', 'Not now.', {})
        return true
      },
    })
    const device = await openClient({ transport: server('u-1') })
    const { client } = device
    const first = await client.collections.tasks.create({ id: 'a', title: 'waits' })
    const second = await client.collections.tasks.update('a', { votes: 1 })
    client.start()
    await untilStatus(client, 'waiting')
    const third = await client.collections.tasks.update('a', { votes: 2 })
    await until(client.queue$, ({ pending, sent }) => pending + sent === 3)
    return { device, server, first, second, third }
  }

  test('ends when the server says so, and those behind it go on', async () => {
    const { device, first, second, third } = await openHeld()
    const { client } = device
    await client.operations.cancel(first.operationId)
    await untilStatus(client, 'synced')
    expect(await statusOf(device, first.operationId)).toBe('CANCELLED')
    for (const { operationId } of [second, third])
      expect((await client.operations.get(operationId))?.fate).toMatchObject({
        code: 'DEPENDENCY',
        cause: first.operationId,
      })
  })

  test('and was never sent ends at once', async () => {
    const { device, third } = await openHeld()
    const { client } = device
    client.pause()
    await client.operations.cancel(third.operationId)
    expect(await statusOf(device, third.operationId)).toBe('CANCELLED')
    expect(await queueOf(device)).toMatchObject({ pending: 0, sent: 2 })
    expect(await client.collections.tasks.get('a')).toMatchObject({ votes: 1 })
  })
})

describe('[CL87] there is nothing to take back', () => {
  test('of what is decided: nothing happens', async () => {
    const { device } = await openTask()
    const { client } = device
    const [created] = await client.operations.list()
    await client.operations.cancel(created?.id ?? '')
    expect(await client.operations.list()).toEqual([created])
  })

  test('of what nobody knows: NOT_FOUND', async () => {
    const { device } = await openTask()
    await failure(device.client.operations.cancel('unheard-of'), 'NOT_FOUND')
  })

  test('of what waits in a conflict: INVALID, the conflict has to be answered', async () => {
    await using pair = await openPair()
    await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
    const { operationId } = await pair.mine.client.collections.asked.update('r', { title: 'mine' })
    await pair.meet()
    const { message } = await failure(pair.mine.client.operations.cancel(operationId), 'INVALID')
    expect(message).toContain('answer that instead')
    expect(await pair.mine.client.conflicts.list()).toHaveLength(1)
  })
})
