import { describe, expect, test } from 'vitest'
import { SyncError, collection, createSyncClient, defineSchema, type SyncClientOptions } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { memoryServerStore } from '@holdfast/server/testing'
import { z } from 'zod'
import { openClient } from '../support/client.ts'
import { countedStorage } from '../support/counted-storage.ts'
import { failure } from '../support/failure.ts'
import { schema } from '../support/schema.ts'
import { localServer, scope } from '../support/transports.ts'
import { openWith, syncOnce } from './open-with.ts'

const titled = z.object({ id: z.string(), title: z.string() })
const withOld = defineSchema({
  version: '1.0.0',
  collections: { tasks: collection({ fields: titled }), old: collection({ fields: titled }) },
})
const withoutOld = defineSchema({ version: '1.1.0', collections: { tasks: collection({ fields: titled }) } })

test.each([
  ['the server still has it', withOld],
  ['the server has dropped it too', withoutOld],
])('a collection that the schema has dropped does not stop the others: %s', async (_name, later) => {
  const store = memoryServerStore()
  const before = localServer({ schema: withOld, store })
  const after = localServer({ schema: later, store })
  const storage = memoryStorage()
  await using theirs = await openWith(withOld, { user: 'they', transport: before('they') })
  const first = await openWith(withOld, { storage, user: 'me', transport: before('me') })
  await theirs.client.collections.old.create({ id: 'shared', title: 'old' })
  await syncOnce(theirs)
  await syncOnce(first)
  await first.client.collections.old.create({ id: 'mine', title: 'queued' })
  await first.client.collections.old.update('shared', { title: 'queued' })
  await first.client.close()
  await theirs.client.collections.old.update('shared', { title: 'theirs' })
  await theirs.client.collections.old.create({ id: 'another', title: 'theirs' })
  await syncOnce(theirs)

  await using second = await openWith(withoutOld, {
    storage,
    user: 'me',
    transport: after('me'),
    batch: { operations: 1 },
  })
  await second.client.collections.tasks.create({ id: 't', title: 'goes on' })
  expect(await syncOnce(second)).toMatchObject({ status: 'synced' })
  const operations = await second.client.operations.list()
  expect(operations.filter(({ status }) => status === 'PENDING' || status === 'SENT')).toEqual([])
  expect(operations.find(({ recordId }) => recordId === 't')).toMatchObject({ status: 'COMPLETED' })
})

const growing = defineSchema({
  version: '1.0.0',
  collections: {
    texts: collection({
      fields: z.object({ id: z.string(), title: z.string(), text: z.string().max(500_000) }),
      operations: { double: { input: z.null(), apply: (one) => ({ ...one, text: one.text + one.text }) } },
    }),
  },
})

test('a record that would grow past what the server takes is refused at the write', async () => {
  await using device = await openWith(growing)
  const { texts } = device.client.collections
  await texts.create({ id: 'r', title: 'long', text: 'x'.repeat(60_000) })
  for (const _ of [1, 2]) await texts.run.double('r', null)
  const error = await failure(texts.run.double('r', null), 'TOO_LARGE')
  expect(error.details).toMatchObject({ what: 'record', limit: 262_144 })
  expect((await texts.get('r'))?.text).toHaveLength(240_000)
  expect(await device.client.operations.list()).toHaveLength(3)
  await texts.update('r', { title: 'still small enough' })
  expect(await syncOnce(device)).toMatchObject({ status: 'synced', deadLetters: 0 })
})

describe('a commit of many writes that fails', () => {
  const attempt = async (
    error: SyncError,
  ): Promise<{ readonly attempts: number; readonly codes: string[] }> => {
    const storage = countedStorage()
    await using device = await openClient({ storage })
    let attempts = 0
    storage.refuse = () => {
      attempts += 1
      throw error
    }
    const titles = Array.from({ length: 50 }, (_, index) => `task ${index}`)
    const writes = titles.map((title) => device.client.collections.tasks.create({ title }))
    const outcomes = await Promise.allSettled(writes)
    storage.refuse = () => undefined
    const codes = outcomes.map((one) => (one.status === 'rejected' ? (one.reason as SyncError).code : 'ok'))
    expect(await device.client.operations.list()).toEqual([])
    return { attempts, codes: [...new Set(codes)] }
  }

  test('because the database is locked, is not tried write by write', async () => {
    const locked = new SyncError('STORAGE_LOCKED', 'The database is busy.', {})
    expect(await attempt(locked)).toEqual({ attempts: 1, codes: ['STORAGE_LOCKED'] })
  })

  test('because there is no room, is tried write by write', async () => {
    const full = new SyncError('STORAGE_FULL', 'There is no space left.', {})
    expect(await attempt(full)).toEqual({ attempts: 51, codes: ['STORAGE_FULL'] })
  })
})

const secret = 'the words of the app: hunter2'
const throwing = (isServer: boolean) =>
  defineSchema({
    version: '1.0.0',
    collections: {
      tasks: collection({
        fields: titled,
        operations: {
          anywhere: {
            input: z.null(),
            apply: () => {
              throw new Error(secret)
            },
          },
          onServer: {
            input: z.null(),
            apply: (task) => {
              if (isServer) throw new Error(secret)
              return { ...task, title: 'changed' }
            },
          },
        },
        conflict: {
          name: 'throwing',
          resolve: () => {
            throw new Error(secret)
          },
        },
      }),
    },
  })

describe('an error of the app', () => {
  test('in apply refuses the write as INVALID, with the error as its cause', async () => {
    await using device = await openWith(throwing(false))
    const { tasks } = device.client.collections
    await tasks.create({ id: 'r', title: 'old' })
    const error = await failure(tasks.run.anywhere('r', null), 'INVALID')
    expect(error.cause).toEqual(new Error(secret))
    expect(error.message).not.toContain(secret)
    expect(await tasks.get('r')).toEqual({ id: 'r', title: 'old' })
  })

  test('on the server stays there: neither apply nor a strategy is quoted', async () => {
    const server = localServer({ schema: throwing(true) })
    await using mine = await openWith(throwing(false), { user: 'me', transport: server('me') })
    await using theirs = await openWith(throwing(false), { user: 'they', transport: server('they') })
    await mine.client.collections.tasks.create({ id: 'r', title: 'old' })
    await syncOnce(mine)
    await syncOnce(theirs)
    await theirs.client.collections.tasks.update('r', { title: 'theirs' })
    await syncOnce(theirs)
    await mine.client.collections.tasks.run.onServer('r', null)
    await mine.client.collections.tasks.update('r', { title: 'mine' })
    await syncOnce(mine)
    const letters = await mine.client.deadLetters.list()
    expect(letters).toMatchObject([{ fate: { code: 'INVALID' } }, { fate: { code: 'INVALID' } }])
    expect(JSON.stringify(letters)).not.toContain('hunter2')
  })
})

test('a read without an id is INVALID', async () => {
  await using device = await openClient()
  const { tasks } = device.client.collections
  await failure(tasks.get(undefined as never), 'INVALID')
  await failure(() => tasks.get$(undefined as never).subscribe(), 'INVALID')
})

describe('options', () => {
  const options: SyncClientOptions = {
    schema,
    user: 'u-1',
    storage: memoryStorage(),
    transport: localServer()('u-1'),
    scopes: [scope],
    autoStart: false,
  }

  test.each(['schema', 'storage', 'transport'] as const)('%s is missing', async (option) => {
    const { [option]: _, ...others } = options
    const error = await failure(createSyncClient(others as SyncClientOptions), 'MISCONFIGURED')
    expect(error.details).toEqual({ option })
  })

  test.each([
    ['more than 128 characters', 'x'.repeat(129)],
    ['too long once escaped', '界'.repeat(120)],
  ])('a scope whose name is %s', async (_name, long) => {
    const error = await failure(createSyncClient({ ...options, scopes: [long] }), 'MISCONFIGURED')
    expect(error.details).toEqual({ option: 'scopes' })
  })

  test.each(['x'.repeat(128), '界'.repeat(44)])('%s is a scope that keys have room for', async (name) => {
    const server = localServer({ scopes: () => [name] })
    await using device = await openClient({ scopes: [name], transport: server('u-1') })
    await device.client.collections.official.create({ id: 'i'.repeat(64), title: 'fits' })
    expect(await syncOnce(device)).toMatchObject({ status: 'synced' })
  })
})
