import { config } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { openClient, sync } from '../support/client.ts'
import { held } from '../support/transports.ts'
import { until } from '../support/until.ts'
import type { PullAnswer, PullInput } from '../../src/protocol/pull.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'
import { bent } from './bent-storage.ts'
import { gate, rest } from './rest.ts'

/** Errors of subscriptions that have no place for them: the machine would call them uncaught. */
const uncaughtIn = async (run: () => Promise<void>): Promise<readonly unknown[]> => {
  const found: unknown[] = []
  const before = config.onUnhandledError
  config.onUnhandledError = (error) => void found.push(error)
  try {
    await run()
    await new Promise<void>((resolve) => void setTimeout(resolve, 5))
    await rest()
  } finally {
    config.onUnhandledError = before
  }
  return found
}

test('what only listens for values is not told of a close in the middle of a read', async () => {
  const uncaught = await uncaughtIn(async () => {
    const { opened, open } = gate()
    let isSlow = false
    const storage = bent(memoryStorage(), { read: () => (isSlow ? opened : undefined) })
    const { client } = await openClient({ storage })
    isSlow = true
    const seen: unknown[] = []
    const next = (value: unknown): void => void seen.push(value)
    client.queue$.subscribe(next)
    client.conflicts.list$().subscribe(next)
    client.deadLetters.list$().subscribe(next)
    client.collections.tasks.find$().subscribe(next)
    client.collections.tasks.get$('r').subscribe(next)
    await client.close()
    open()
    await rest()
    expect(seen).toEqual([])
  })
  expect(uncaught).toEqual([])
})

test('a read that fails once ends no live value', async () => {
  const storage = memoryStorage()
  let isBusy = false
  const flaky = bent(storage, {
    read() {
      if (isBusy) throw new SyncError('STORAGE_LOCKED', 'The database is busy.', {})
    },
  })
  await using device = await openClient({ storage: flaky })
  await using other = await openClient({ storage })
  const { client } = device
  const ended: unknown[] = []
  const sizes: number[] = []
  const pending: number[] = []
  const over = {
    error: (error: unknown) => void ended.push(error),
    complete: () => void ended.push('complete'),
  }
  client.collections.tasks.find$().subscribe({ ...over, next: (found) => void sizes.push(found.length) })
  client.queue$.subscribe({ ...over, next: (queue) => void pending.push(queue.pending) })
  await until(client.queue$, () => true)

  isBusy = true
  await other.client.collections.tasks.create({ title: 'one' })
  await rest()
  isBusy = false
  await other.client.collections.tasks.create({ title: 'two' })
  await rest()
  expect(ended).toEqual([])
  expect(sizes).toEqual([0, 2])
  expect(pending).toEqual([0, 2])
})

test('a first read that fails ends find$ with its error, as there is nothing to show', async () => {
  const busy = new SyncError('STORAGE_LOCKED', 'The database is busy.', {})
  let isBusy = false
  const storage = bent(memoryStorage(), {
    read() {
      if (isBusy) throw busy
    },
  })
  await using device = await openClient({ storage })
  isBusy = true
  const error = await new Promise<unknown>((resolve) => {
    device.client.collections.tasks.find$().subscribe({ error: resolve })
  })
  expect(error).toBe(busy)
})

describe('syncNow resolves', () => {
  test('after close', async () => {
    const device = await openClient()
    await sync(device)
    await device.client.close()
    expect(await device.client.syncNow()).toEqual({ status: 'stopped' })
  })

  test('when the client is closed before the run ends', async () => {
    const device = await openClient()
    const pull = held<PullInput, RequestOptions, PullAnswer>('answer')
    device.transport.once('pull', pull.twist)
    device.client.start()
    const state = device.client.syncNow()
    await pull.arrived
    await device.client.close()
    pull.release()
    expect(await state).toEqual({ status: 'stopped' })
  })
})
