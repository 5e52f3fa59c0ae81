import { expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import { openClient } from '../support/client.ts'
import { countedStorage } from '../support/counted-storage.ts'
import { failure } from '../support/failure.ts'

const full = new SyncError('STORAGE_FULL', 'There is no space left.', {})

test('[CL03] [P01] writes that wait together share a commit', async () => {
  const storage = countedStorage()
  await using device = await openClient({ storage })
  const before = storage.commits.length
  const { tasks } = device.client.collections
  await Promise.all(Array.from({ length: 1_000 }, (_, index) => tasks.create({ title: `task ${index}` })))
  expect(storage.commits.length - before).toBeLessThanOrEqual(3)
  expect(await tasks.find()).toHaveLength(1_000)
})

test('[CL02] [P02] a record and its operation are in one commit', async () => {
  const storage = countedStorage()
  await using device = await openClient({ storage })
  await device.client.collections.tasks.create({ id: 'r', title: 'one' })
  const places = storage.commits.at(-1)?.writes.map(({ key }) => key.split('/')[0])
  expect(places?.toSorted()).toEqual(['id', 'log', 'op', 'queue', 'rec'])
})

test('[CL03] a write that is refused fails alone, and each learns its own outcome', async () => {
  await using device = await openClient()
  const { tasks } = device.client.collections
  const outcomes = await Promise.allSettled([
    tasks.create({ id: 'a', title: 'one' }),
    tasks.create({ id: 'a', title: 'again' }),
    tasks.update('missing', { title: 'none' }),
    tasks.update('a', { title: 'two' }),
    tasks.create({ id: 'b', title: '' }),
    tasks.delete('a'),
    tasks.create({ id: 'a', title: 'new' }),
  ])
  const codes = outcomes.map((one) => (one.status === 'fulfilled' ? 'ok' : (one.reason as SyncError).code))
  expect(codes).toEqual(['ok', 'INVALID', 'NOT_FOUND', 'ok', 'INVALID', 'ok', 'ok'])
  expect(await tasks.find()).toMatchObject([{ id: 'a', title: 'new' }])
  expect((await device.client.operations.list()).map(({ type }) => type)).toEqual([
    'create',
    'update',
    'delete',
    'create',
  ])
})

test('[CL03] a commit that fails is tried write by write, and only the culprit fails', async () => {
  const storage = countedStorage()
  await using device = await openClient({ storage })
  const { tasks } = device.client.collections
  storage.refuse = ({ writes }) => {
    if (writes.some(({ value }) => value?.includes('too big') === true)) throw full
  }
  const titles = ['one', 'too big', 'two', 'three']
  const outcomes = await Promise.allSettled(titles.map((title) => tasks.create({ title })))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(outcomes[1]).toMatchObject({ reason: full })
  expect((await tasks.find()).map(({ title }) => title).toSorted()).toEqual(['one', 'three', 'two'])
  const sequence = (await device.client.operations.list()).map(({ localSeq }) => localSeq)
  expect(sequence).toEqual([1, 2, 3])
})

test('[CL02] [P02] a failed write leaves nothing behind, and the next one goes on', async () => {
  const storage = countedStorage()
  await using device = await openClient({ storage })
  const { tasks } = device.client.collections
  await tasks.create({ id: 'a', title: 'one' })
  const before = storage.commits.length
  storage.refuse = () => {
    throw new Error('the disk is on fire')
  }
  const error = await failure(tasks.update('a', { title: 'two' }), 'STORAGE_FAILED')
  expect(error.cause).toEqual(new Error('the disk is on fire'))
  expect(await tasks.get('a')).toMatchObject({ title: 'one' })
  expect(storage.commits).toHaveLength(before)
  storage.refuse = () => undefined
  await tasks.update('a', { title: 'three' })
  expect(await tasks.get('a')).toMatchObject({ title: 'three' })
})
