import { describe, expect, test } from 'vitest'
import { createSyncClient, definePlugin, type Plugin } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { openClient, sync } from '../support/client.ts'
import { failure } from '../support/failure.ts'
import { schema } from '../support/schema.ts'
import { localServer, scope } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

/** Fails in one hook until it is told not to. */
const failingIn = (hook: 'beforePush' | 'afterPush' | 'beforeApplyRemote' | 'afterApplyRemote') => {
  const state = { broken: true }
  const plugin: Plugin = {
    name: 'fragile',
    hooks: {
      [hook](value: unknown) {
        if (state.broken) throw new Error('no luck')
        return value
      },
    },
  }
  return { state, plugin }
}

describe('[EN28] a failing hook loses nothing', () => {
  test('beforeEnqueue: the write is refused, and nothing was stored', async () => {
    const plugin: Plugin = {
      name: 'strict',
      hooks: {
        beforeEnqueue() {
          throw new Error('no luck')
        },
      },
    }
    await using device = await openClient({ plugins: [plugin] })
    await failure(device.client.collections.tasks.create({ title: 'one' }), 'PLUGIN_FAILED')
    expect(await device.client.collections.tasks.find()).toEqual([])
    expect(await device.client.operations.list()).toEqual([])
  })

  test.each(['beforePush', 'beforeApplyRemote'] as const)(
    '%s: sync is blocked, the queue is kept',
    async (hook) => {
      const { state, plugin } = failingIn(hook)
      await using device = await openClient({ plugins: [plugin] })
      const { client } = device
      const { operationId, recordId } = await client.collections.tasks.create({ title: 'one' })
      client.start()
      const { error } = await untilStatus(client, 'blocked')
      expect(error).toMatchObject({ code: 'PLUGIN_FAILED', details: { plugin: 'fragile', hook } })
      expect(await client.collections.tasks.get(recordId)).toMatchObject({ title: 'one' })
      state.broken = false
      client.start()
      await untilStatus(client, 'synced')
      expect(await client.operations.get(operationId)).toMatchObject({
        status: 'COMPLETED',
        fate: { version: 1 },
      })
    },
  )

  test.each(['afterPush', 'afterApplyRemote'] as const)(
    '%s: sync goes on, and the failure is logged',
    async (hook) => {
      const errors: unknown[] = []
      const logger = {
        error: (_message: string, error?: unknown) => void errors.push(error),
        debug: () => undefined,
      }
      const { plugin } = failingIn(hook)
      await using device = await openClient({ plugins: [plugin], logger })
      await device.client.collections.tasks.create({ title: 'one' })
      expect(await sync(device)).toMatchObject({ status: 'synced' })
      expect(errors).toMatchObject([{ code: 'PLUGIN_FAILED', details: { plugin: 'fragile', hook } }])
    },
  )
})

test('[EN29] setup gives the plugin its place on the client', async () => {
  const counter = definePlugin({
    name: 'counter',
    setup: ({ user }) => ({ user, add: (one: number, other: number) => one + other }),
  })
  const options = {
    schema,
    user: 'u-1',
    storage: memoryStorage(),
    transport: localServer()('u-1'),
    autoStart: false,
  }
  const client = await createSyncClient({ ...options, scopes: [scope], plugins: [counter] })
  expect(client.plugins.counter.user).toBe('u-1')
  expect(client.plugins.counter.add(1, 2)).toBe(3)
  await client.close()
})

test('[EN29] a setup that fails is wrapped, and lets go of the database', async () => {
  const storage = memoryStorage()
  let open = 0
  const counted = {
    ...storage,
    async open(name: string) {
      const database = await storage.open(name)
      open += 1
      return {
        ...database,
        async close() {
          open -= 1
          await database.close()
        },
      }
    },
  }
  const plugin: Plugin = {
    name: 'broken',
    setup() {
      throw new Error('no luck')
    },
  }
  const error = await failure(
    openClient({ storage: counted, plugins: [plugin], autoStart: true }),
    'PLUGIN_FAILED',
  )
  expect(error.details).toEqual({ plugin: 'broken', hook: 'setup', reason: 'no luck' })
  expect(open).toBe(0)
})

test('[EN30] a draft that a hook changed is checked like any other', async () => {
  const plugin: Plugin = {
    name: 'shouting',
    hooks: {
      beforeEnqueue(draft) {
        const payload = draft.payload as { readonly title: string }
        return { ...draft, payload: { ...payload, title: payload.title.toUpperCase() } }
      },
    },
  }
  await using device = await openClient({ plugins: [plugin] })
  const { tasks } = device.client.collections
  const { recordId } = await tasks.create({ id: 'r', title: 'quiet' })
  expect(await tasks.get(recordId)).toMatchObject({ title: 'QUIET' })
  await failure(tasks.update('r', { title: '' }), 'INVALID')
})
