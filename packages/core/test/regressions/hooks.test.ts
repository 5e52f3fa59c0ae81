import { describe, expect, test } from 'vitest'
import { SyncError, type HookTable, type Plugin, type SyncClient } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { openClient, sync } from '../support/client.ts'
import { failure } from '../support/failure.ts'
import { openPair } from '../support/pair.ts'
import type { Collections } from '../support/schema.ts'
import { localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'
import { bent } from './bent-storage.ts'
import { gate, rest } from './rest.ts'

interface Log {
  readonly errors: unknown[]
  readonly logger: { readonly error: (message: string, error?: unknown) => void; readonly debug: () => void }
}

const openLog = (): Log => {
  const errors: unknown[] = []
  return { errors, logger: { error: (_message, error) => void errors.push(error), debug: () => undefined } }
}

/** What no promise's owner looked at while `run` ran. */
const unhandledIn = async (run: () => Promise<void>): Promise<readonly unknown[]> => {
  const found: unknown[] = []
  const listener = (reason: unknown): void => void found.push(reason)
  process.on('unhandledRejection', listener)
  await run()
  await rest()
  process.off('unhandledRejection', listener)
  return found
}

test('a list of conflicts that can not be read for onConflict is logged', async () => {
  const busy = new SyncError('STORAGE_LOCKED', 'The database is busy.', {})
  const { errors, logger } = openLog()
  let isBusy = false
  const storage = bent(memoryStorage(), {
    read: (requests) => {
      if (isBusy && requests.some((request) => 'scan' in request && request.scan.startsWith('conflict/')))
        throw busy
    },
  })
  const told: string[] = []
  const plugin: Plugin = { name: 'asker', hooks: { onConflict: ({ id }) => void told.push(id) } }
  const unhandled = await unhandledIn(async () => {
    await using pair = await openPair('asked', { storage, logger, plugins: [plugin] })
    await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
    await pair.mine.client.collections.asked.update('r', { title: 'mine' })
    isBusy = true
    await pair.meet()
    await rest()
    isBusy = false
    expect(await pair.mine.client.conflicts.list()).toHaveLength(1)
  })
  expect(unhandled).toEqual([])
  expect(told).toEqual([])
  expect(errors).toEqual([busy])
})

test('a hook that fails in onStateChange is logged', async () => {
  const { errors, logger } = openLog()
  const plugin: Plugin = {
    name: 'fragile',
    hooks: {
      async onStateChange({ status }) {
        if (status === 'synced') throw new Error('no luck')
      },
    },
  }
  const unhandled = await unhandledIn(async () => {
    await using device = await openClient({ logger, plugins: [plugin] })
    await sync(device)
    await rest()
  })
  expect(unhandled).toEqual([])
  expect(errors).toMatchObject([
    { code: 'PLUGIN_FAILED', details: { plugin: 'fragile', hook: 'onStateChange', reason: 'no luck' } },
  ])
})

/** A plugin that misbehaves in one way until it is mended. */
const bentPlugin = (hooks: HookTable): { readonly plugin: Plugin; readonly mend: () => void } => {
  let broken = true
  const mended = Object.fromEntries(
    Object.entries(hooks).map(([name, hook]) => [
      name,
      (value: unknown) => (broken ? (hook as (value: unknown) => unknown)(value) : value),
    ]),
  )
  return {
    plugin: { name: 'bent', hooks: mended },
    mend() {
      broken = false
    },
  }
}

const blockedBy = async (client: SyncClient<Collections>): Promise<SyncError> => {
  client.start()
  const { error } = await untilStatus(client, 'blocked')
  client.pause()
  return error
}

describe('beforeApplyRemote may not drop, add or mix up changes', () => {
  const ways: readonly [string, HookTable][] = [
    ['none', { beforeApplyRemote: () => [] }],
    ['nothing', { beforeApplyRemote: () => undefined as never }],
    ['one less', { beforeApplyRemote: (changes) => changes.slice(1) }],
    ['another order', { beforeApplyRemote: (changes) => changes.toReversed() }],
    ['one twice', { beforeApplyRemote: (changes) => [...changes, ...changes.slice(0, 1)] }],
  ]
  test.each(ways)('%s', async (_name, hooks) => {
    const { plugin, mend } = bentPlugin(hooks)
    const server = localServer()
    await using theirs = await openClient({ user: 'they', transport: server('they') })
    for (const id of ['a', 'b']) await theirs.client.collections.tasks.create({ id, title: id })
    await sync(theirs)
    await using mine = await openClient({ user: 'me', transport: server('me'), plugins: [plugin] })
    expect(await blockedBy(mine.client)).toMatchObject({
      code: 'PLUGIN_FAILED',
      details: { hook: 'beforeApplyRemote' },
    })
    expect(await mine.client.collections.tasks.find()).toEqual([])
    mend()
    await theirs.client.collections.tasks.update('a', { text: 'only this field' })
    await sync(theirs)
    expect(await sync(mine)).toMatchObject({ status: 'synced' })
    expect(await mine.client.collections.tasks.get('a')).toMatchObject({
      title: 'a',
      text: 'only this field',
    })
    expect(await mine.client.collections.tasks.get('b')).toMatchObject({ title: 'b' })
  })
})

describe('beforePush may not drop or rename operations', () => {
  const ways: readonly [string, HookTable][] = [
    ['none', { beforePush: () => [] }],
    ['nothing', { beforePush: () => undefined as never }],
    ['one less', { beforePush: (operations) => operations.slice(1) }],
    ['other ids', { beforePush: (operations) => operations.map((one) => ({ ...one, id: `${one.id}x` })) }],
  ]
  test.each(ways)('%s', async (_name, hooks) => {
    const { plugin, mend } = bentPlugin(hooks)
    await using device = await openClient({ plugins: [plugin] })
    const { client, transport } = device
    for (const id of ['a', 'b']) await client.collections.tasks.create({ id, title: id })
    expect(await blockedBy(client)).toMatchObject({ code: 'PLUGIN_FAILED', details: { hook: 'beforePush' } })
    expect(transport.calls).not.toContain('push')
    expect(await client.operations.list({ status: 'SENT' })).toHaveLength(2)
    mend()
    expect(await sync(device)).toMatchObject({ status: 'synced', deadLetters: 0 })
    expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(2)
  })
})

test.each([undefined, null])('a beforeEnqueue that returns %s refuses the write', async (returned) => {
  const { plugin, mend } = bentPlugin({ beforeEnqueue: () => returned as never })
  await using device = await openClient({ plugins: [plugin] })
  const { tasks } = device.client.collections
  const error = await failure(tasks.create({ title: 'one' }), 'PLUGIN_FAILED')
  expect(error.details).toMatchObject({ hook: 'beforeEnqueue' })
  expect(await device.client.operations.list()).toEqual([])
  mend()
  await tasks.create({ title: 'two' })
  expect(await tasks.find()).toMatchObject([{ title: 'two' }])
})

describe('hooks that take their time', () => {
  const slowFor = (title: string) => {
    const { opened, open } = gate()
    const plugin: Plugin = {
      name: 'slow',
      hooks: {
        async beforeEnqueue(draft) {
          if (JSON.stringify(draft.payload).includes(title)) await opened
          return draft
        },
      },
    }
    return { plugin, open }
  }

  test('writes that nobody awaits keep their order', async () => {
    const { plugin, open } = slowFor('first')
    await using device = await openClient({ plugins: [plugin] })
    const { tasks, latest } = device.client.collections
    await tasks.create({ id: 'r', title: 'old' })
    const writes = [
      tasks.update('r', { title: 'first' }),
      latest.create({ id: 'other', title: 'second' }),
      tasks.update('r', { title: 'third' }),
    ]
    await rest()
    open()
    await Promise.all(writes)
    expect(await tasks.get('r')).toMatchObject({ title: 'third' })
    const types = (await device.client.operations.list()).map(({ payload }) => payload)
    expect(types.map((payload) => /first|second|third|old/.exec(payload)?.[0])).toEqual([
      'old',
      'first',
      'second',
      'third',
    ])
  })

  test('a write that is refused does not hold up the next', async () => {
    const { plugin, open } = slowFor('first')
    await using device = await openClient({ plugins: [plugin] })
    const { tasks } = device.client.collections
    const refused = failure(tasks.update('missing', { title: 'first' }), 'NOT_FOUND')
    const invalid = failure(tasks.create({ title: '' }), 'INVALID')
    const next = tasks.create({ id: 'r', title: 'next' })
    open()
    await Promise.all([refused, invalid, next])
    expect(await tasks.find()).toMatchObject([{ id: 'r', title: 'next' }])
  })
})
