import { describe, expect, test } from 'vitest'
import type { SyncState } from '@holdfast/core'
import type { ServerHookName } from '@holdfast/server'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { audit } from '../src/audit/audit.ts'
import { breakable } from './support/breakable.ts'
import { clientHookNames, serverHookNames, type CalledHookName } from './support/hook-names.ts'
import { detailsOf, openWorld, type Failure, type World } from './support/world.ts'

/** Where a failing hook is named, and in which status sync ends meanwhile. */
interface Consequence {
  readonly named: 'write' | 'state' | 'log'
  readonly status: SyncState['status']
}

/** These need a loss, a queue, or another version of the app, and have tests of their own. */
type RareHookName = 'beforeReset' | 'compactQueue' | 'migrateRecord' | 'migrateOperation'
type EverydayHookName = Exclude<CalledHookName, RareHookName>

const consequences: Readonly<Record<EverydayHookName, Consequence>> = {
  beforeEnqueue: { named: 'write', status: 'synced' },
  beforePush: { named: 'state', status: 'blocked' },
  afterPush: { named: 'log', status: 'synced' },
  beforeApplyRemote: { named: 'state', status: 'blocked' },
  afterApplyRemote: { named: 'log', status: 'synced' },
  onConflict: { named: 'log', status: 'synced' },
  onMaintenance: { named: 'log', status: 'synced' },
  onStateChange: { named: 'log', status: 'synced' },
}

const everydayHookNames = clientHookNames.filter((name) =>
  Object.hasOwn(consequences, name),
) as EverydayHookName[]

const errorOf = (state: SyncState): unknown => ('error' in state ? state.error : undefined)

const namedIn = (
  world: World,
  hook: EverydayHookName,
  { refused, state }: { readonly refused: unknown; readonly state: SyncState },
): Promise<Failure> | Failure | undefined => {
  switch (consequences[hook].named) {
    case 'write':
      return detailsOf(refused)
    case 'state':
      return detailsOf(errorOf(state))
    case 'log':
      return world.failureIn(hook)
  }
}

describe('[PG4] a hook of the client that throws is named, and loses nothing', () => {
  test('beforeReset', async () => {
    const plugin = breakable('beforeReset')
    await using world = await openWorld()
    const mine = await world.open('mine', { name: 'broken', hooks: plugin.hooks })
    const my = mine.client.collections.entries
    await my.create({ id: 'sent', title: 'sent', note: 'before the loss' })
    await mine.sync()
    world.server.forget()
    plugin.broken = true
    await my.create({ id: 'late', title: 'late' })
    expect(await mine.sync()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
    expect(await world.failureIn('beforeReset')).toMatchObject({ plugin: 'broken', hook: 'beforeReset' })
    expect(await world.server.read('sent')).toMatchObject({ title: 'sent', editedBy: 'mine' })
    expect(await world.server.read('late')).toMatchObject({ title: 'late', editedBy: 'mine' })
  })

  test('compactQueue', async () => {
    const plugin = breakable('compactQueue')
    await using world = await openWorld()
    const mine = await world.open('mine', { name: 'broken', hooks: plugin.hooks })
    const my = mine.client.collections.entries
    mine.network.set(false)
    await my.create({ id: 'kept', title: 'kept', note: 'at first' })
    await my.update('kept', { title: 'in the end' })
    plugin.broken = true
    expect(await mine.sync()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
    expect(await world.failureIn('compactQueue')).toMatchObject({ plugin: 'broken', hook: 'compactQueue' })
    expect(await world.server.read('kept')).toMatchObject({ title: 'in the end', editedBy: 'mine' })
  })

  test.each(['migrateRecord', 'migrateOperation'] as const)('%s', async (hook) => {
    const plugin = breakable(hook)
    await using world = await openWorld()
    const storage = memoryStorage()
    const before = await world.openFormer('cyd', storage)
    await before.client.collections.entries.create({ id: 'kept', title: 'kept', text: 'from before' })
    await before.client.close()
    plugin.broken = true
    const broken = { name: 'broken', hooks: plugin.hooks }
    const refused: unknown = await world.reopen('cyd', storage, broken).catch((error: unknown) => error)
    expect(detailsOf(refused)).toMatchObject({ plugin: 'broken', hook })
    plugin.broken = false
    const after = await world.reopen('cyd', storage, broken)
    expect(await after.client.collections.entries.get('kept')).toMatchObject({ note: 'from before' })
    expect(await after.sync()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
    expect(await world.server.read('kept')).toMatchObject({ title: 'kept', editedBy: 'cyd' })
  })

  test.each(everydayHookNames)('%s', async (hook) => {
    const plugin = breakable(hook)
    await using world = await openWorld()
    const { server } = world
    const mine = await world.open('mine', { name: 'broken', hooks: plugin.hooks })
    const theirs = await world.open('theirs')
    const [my, their] = [mine.client.collections.entries, theirs.client.collections.entries]
    await their.create({ id: 'shared', title: 'shared', note: 'old' })
    await theirs.sync()
    await mine.sync()

    mine.network.set(false)
    await my.create({ id: 'kept', title: 'kept', note: 'before it broke' })
    await my.update('shared', { note: 'mine' })
    await their.update('shared', { note: 'theirs' })
    await their.create({ id: 'news', title: 'news' })
    await theirs.sync()
    plugin.broken = true
    const refused: unknown = await my.create({ id: 'late', title: 'late' }).catch((error: unknown) => error)
    const state = await mine.sync()
    expect(state.status).toBe(consequences[hook].status)
    expect(await namedIn(world, hook, { refused, state })).toMatchObject({ plugin: 'broken', hook })

    const isLate = consequences[hook].named !== 'write'
    expect(await my.find({ orderBy: { id: 'asc' } })).toMatchObject([
      { id: 'kept', note: 'before it broke' },
      ...(isLate ? [{ id: 'late' }] : []),
      ...(state.status === 'synced' ? [{ id: 'news' }] : []),
      { id: 'shared', note: 'mine' },
    ])
    const operations = await mine.client.operations.list()
    expect(operations.map(({ recordId }) => recordId)).toEqual([
      'kept',
      'shared',
      ...(isLate ? ['late'] : []),
    ])
    expect(operations.map(({ status }) => status)).not.toContain('REJECTED')

    plugin.broken = false
    if (!isLate) await my.create({ id: 'late', title: 'late' })
    expect(await mine.sync()).toMatchObject({ status: 'synced', conflicts: 1, deadLetters: 0 })
    expect(await server.read('kept')).toMatchObject({ title: 'kept', editedBy: 'mine' })
    expect(await server.read('late')).toMatchObject({ title: 'late', editedBy: 'mine' })
    expect(await my.get('news')).toMatchObject({ title: 'news', editedBy: 'theirs' })
    expect(await mine.client.conflicts.list()).toMatchObject([
      { recordId: 'shared', fields: ['note'], mine: { note: 'mine' }, theirs: { note: 'theirs' } },
    ])
  })
})

/** What the device hears of it, and how many of its operations wait. A commit can't be undone. */
const waits = { status: 'waiting', sent: 2 } as const
const serverConsequences: Readonly<
  Record<
    Exclude<ServerHookName, 'migrateRecord'>,
    { readonly status: SyncState['status']; readonly sent: number }
  >
> = {
  migrateOperation: waits,
  acceptOperation: waits,
  beforeJudge: waits,
  beforeApply: waits,
  afterCommit: { status: 'synced', sent: 0 },
}

describe('[PG4] a hook of the server that throws is named, and loses nothing', () => {
  test('migrateRecord', async () => {
    const plugin = breakable('migrateRecord')
    const former = [audit({ secret: 'text', formerly: 'text' })]
    await using world = await openWorld({ plugins: [{ name: 'broken', server: plugin.hooks }], former })
    const cyd = await world.openFormer('cyd')
    await cyd.client.collections.entries.create({ id: 'kept', title: 'kept', text: 'from an older app' })
    await cyd.sync()
    world.server.upgrade()
    plugin.broken = true
    const { operationId } = await cyd.client.collections.entries.update('kept', { title: 'kept, too' })
    expect(await cyd.sync()).toMatchObject({ status: 'blocked', error: { code: 'PLUGIN_FAILED' } })
    expect(await world.failureIn('migrateRecord')).toMatchObject({ plugin: 'broken' })
    plugin.broken = false
    expect(await cyd.sync()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
    expect(await cyd.client.operations.get(operationId)).toMatchObject({
      fate: { kind: 'applied', version: 2 },
    })
    const reader = await world.open('ada')
    await reader.sync()
    expect(await reader.client.collections.entries.get('kept')).toMatchObject({
      title: 'kept, too',
      note: 'from an older app',
    })
  })

  test.each(serverHookNames.filter((name) => name !== 'migrateRecord'))('%s', async (hook) => {
    const plugin = breakable(hook)
    await using world = await openWorld({ plugins: [{ name: 'broken', server: plugin.hooks }] })
    const former = await world.openFormer('cyd')
    await former.client.collections.entries.create({ id: 'kept', title: 'kept', text: 'from an older app' })
    const { operationId } = await former.client.collections.entries.update('kept', { title: 'kept, too' })

    plugin.broken = true
    const { status, sent } = serverConsequences[hook]
    const state = await former.sync()
    expect(state.status).toBe(status)
    expect(await world.failureIn(hook)).toMatchObject({ plugin: 'broken', hook })
    const told = state.status === 'waiting' ? state.error.message : 'nothing'
    expect(told).toContain(status === 'waiting' ? `"broken" failed in ${hook}` : 'nothing')
    expect(await former.client.operations.list({ status: 'SENT' })).toHaveLength(sent)

    plugin.broken = false
    expect(await former.sync()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
    expect(await former.client.operations.get(operationId)).toMatchObject({
      fate: { kind: 'applied', version: 2 },
    })
    expect(await world.server.read('kept')).toMatchObject({
      title: 'kept, too',
      editedBy: 'cyd',
      note: expect.stringMatching(/^sealed:/) as unknown,
    })
    const reader = await world.open('ada')
    await reader.sync()
    expect(await reader.client.collections.entries.get('kept')).toMatchObject({ note: 'from an older app' })
  })
})
