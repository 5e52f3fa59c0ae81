import { expect, test } from 'vitest'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { SyncError } from '@holdfast/core'
import { failure } from '../support/failure.ts'
import { openTeams, teamServer } from '../support/teams.ts'
import { failing } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'

test('[SC01] every scope is pushed and pulled, and none waits for another', async () => {
  const server = teamServer()
  await using mine = await openTeams({ transport: server('u-1') })
  await using theirs = await openTeams({ user: 'u-2', transport: server('u-2') })
  await mine.client.collections.tasks.create({ id: 'a', title: 'one' })
  await mine.client.collections.tasks.create({ id: 'b', title: 'two', team: 'team-2' })
  expect(await mine.sync()).toMatchObject({ status: 'synced' })
  expect(await theirs.sync()).toMatchObject({ status: 'synced' })
  expect(await theirs.client.collections.tasks.find({ orderBy: { id: 'asc' } })).toMatchObject([
    { id: 'a', team: 'team-1' },
    { id: 'b', team: 'team-2' },
  ])
  expect((await mine.client.operations.list()).map(({ scope }) => scope)).toEqual(['team-1', 'team-2'])
})

test('[SC01] [SC13] a scope that is blocked is the state of the client, and stops no other', async () => {
  const server = teamServer({ scopes: () => ['team-1'] })
  await using device = await openTeams({ transport: server('u-1') })
  const { client } = device
  await client.collections.tasks.create({ id: 'a', title: 'one' })
  const state = await device.sync()
  expect(state).toMatchObject({ status: 'blocked', error: { code: 'FORBIDDEN_OR_MISSING' } })
  expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(1)
  client.start()
  await until(client.state$, ({ status }) => status === 'blocked')
  expect(client.scopes.get('team-1')?.state.status).not.toBe('blocked')
  expect(client.scopes.get('team-2')?.state).toMatchObject({ status: 'blocked' })
})

test('[SC13] syncNow waits for the last of the scopes, and syncs them all', async () => {
  await using device = await openTeams()
  const { client, transport } = device
  transport.once('pull', failing(new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})))
  client.start()
  expect(await client.syncNow()).toMatchObject({ status: 'waiting' })
  expect(client.scopes.get('team-1')?.state).toMatchObject({ status: 'waiting' })
  expect(client.scopes.get('team-2')?.state).toMatchObject({ status: 'synced' })
  expect(await client.syncNow()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
})

test('[SC02] what was joined is synced after a restart too, beside what the app names', async () => {
  await using device = await openTeams({ scopes: ['team-1'] })
  await device.client.scopes.join('team-3')
  expect(device.client.scopes.list()).toEqual(['team-1', 'team-3'])
  await using again = await device.restart({ scopes: ['team-1', 'team-2'] })
  expect(again.client.scopes.list()).toEqual(['team-1', 'team-3', 'team-2'])
})

test('[SC02] what was left stays away, until the app names it again', async () => {
  await using device = await openTeams({ scopes: ['team-1'] })
  await device.client.scopes.join('team-2')
  await device.client.scopes.leave('team-2')
  await using again = await device.restart()
  expect(again.client.scopes.list()).toEqual(['team-1'])
  await using named = await again.restart({ scopes: ['team-1', 'team-2'] })
  expect(named.client.scopes.list()).toEqual(['team-1', 'team-2'])
})

test('[SC03] joining starts a scope at once, twice changes nothing, and a bad name is refused', async () => {
  const server = teamServer()
  await using theirs = await openTeams({ user: 'u-2', transport: server('u-2') })
  await theirs.client.collections.tasks.create({ id: 'b', title: 'theirs', team: 'team-2' })
  await theirs.sync()
  await using device = await openTeams({ scopes: ['team-1'], transport: server('u-1') })
  const { client } = device
  client.start()
  await untilStatus(client, 'synced')
  await client.scopes.join('team-2')
  await client.scopes.join('team-2')
  expect(client.scopes.list()).toEqual(['team-1', 'team-2'])
  await until(client.collections.tasks.find$(), (tasks) => tasks.length === 1)
  await failure(client.scopes.join(''), 'INVALID')
  await failure(client.scopes.join('x'.repeat(129)), 'INVALID')
  await failure(client.scopes.leave('é'.repeat(120)), 'INVALID')
})

test('[SC04] a record goes where its collection says, or to the only scope', async () => {
  await using one = await openTeams({ scopes: ['team-2'] })
  const { operationId } = await one.client.collections.notes.create({ text: 'hello' })
  expect(await one.client.operations.get(operationId)).toMatchObject({ scope: 'team-2' })
  await using two = await openTeams()
  const { collections } = two.client
  const error = await failure(collections.notes.create({ text: 'hello' }), 'INVALID')
  expect(error.message).toContain('scope: (record) => string')
  const stranger = await failure(collections.tasks.create({ title: 'x', team: 'team-9' }), 'SCOPE_NOT_JOINED')
  expect(stranger.details).toEqual({ scope: 'team-9' })
  await failure(collections.tasks.create({ title: 'x', team: '' }), 'INVALID')
  expect(await two.client.operations.list()).toEqual([])
})

test('[SC04] a hook may still change where a record goes, and is told where it would', async () => {
  const seen: string[] = []
  const beforeEnqueue = <TDraft extends { readonly scope: string; readonly payload: unknown }>(
    draft: TDraft,
  ) => {
    seen.push(draft.scope)
    return { ...draft, payload: { ...(draft.payload as object), team: 'team-2' } }
  }
  await using device = await openTeams({ plugins: [{ name: 'mover', hooks: { beforeEnqueue } }] })
  const { operationId } = await device.client.collections.tasks.create({ id: 'a', title: 'x' })
  expect(await device.client.operations.get(operationId)).toMatchObject({ scope: 'team-2' })
  await device.client.collections.tasks.update('a', { title: 'y' })
  expect(seen).toEqual(['team-1', 'team-2'])
})

test('[SC05] changes find their record wherever it is, also in one turn with its creation', async () => {
  await using device = await openTeams()
  const { tasks } = device.client.collections
  const receipts = await Promise.all([
    tasks.create({ id: 'b', title: 'one', team: 'team-2' }),
    tasks.update('b', { title: 'two' }),
    tasks.run.rename('b', { title: 'three' }),
  ])
  for (const { operationId } of receipts)
    expect(await device.client.operations.get(operationId)).toMatchObject({ scope: 'team-2' })
  expect(await tasks.get('b')).toMatchObject({ title: 'three' })
  await tasks.delete('b')
  await failure(tasks.update('b', { title: 'gone' }), 'NOT_FOUND')
})

test('[SC05] nothing is created under an id that another scope shows', async () => {
  await using device = await openTeams()
  const { tasks } = device.client.collections
  await tasks.create({ id: 'a', title: 'one', team: 'team-2' })
  const error = await failure(tasks.create({ id: 'a', title: 'one', team: 'team-1' }), 'INVALID')
  expect(error.details).toEqual({ path: 'id', reason: 'exists' })
  await tasks.delete('a')
  await tasks.create({ id: 'a', title: 'one', team: 'team-1' })
})

test('[SC06] a change that would move a record is refused', async () => {
  await using device = await openTeams()
  const { tasks } = device.client.collections
  await tasks.create({ id: 'a', title: 'one' })
  const error = await failure(tasks.update('a', { team: 'team-2' }), 'INVALID')
  expect(error.message).toContain('use move')
  await failure(tasks.run.hand('a', { team: 'team-2' }), 'INVALID')
  await tasks.update('a', { team: 'team-1' })
  expect(await tasks.get('a')).toMatchObject({ team: 'team-1' })
})

test('[SC07] what is read follows the scopes that are joined and left, at once', async () => {
  await using device = await openTeams()
  const { client } = device
  const { tasks } = client.collections
  await tasks.create({ id: 'a', title: 'one' })
  await tasks.create({ id: 'b', title: 'two', team: 'team-2' })
  await device.sync()
  const seen: number[] = []
  tasks.find$().subscribe((all) => seen.push(all.length))
  await until(tasks.find$(), (all) => all.length === 2)
  await client.scopes.leave('team-2')
  await until(tasks.find$(), (all) => all.length === 1)
  expect(await tasks.get('b')).toBeUndefined()
  expect(await tasks.find()).toMatchObject([{ id: 'a' }])
  await client.scopes.join('team-2')
  client.start()
  await until(tasks.find$(), (all) => all.length === 2)
  expect(seen).toEqual([2, 1, 2])
})

test('[SC14] the queue is counted over all scopes, and a full one refuses for itself', async () => {
  await using device = await openTeams({ limits: { maxOps: 2 } })
  const { client } = device
  await client.collections.tasks.create({ title: 'one' })
  await client.collections.tasks.create({ title: 'two' })
  await client.collections.tasks.create({ id: 'b', title: 'three', team: 'team-2' })
  expect(await until(client.queue$, ({ pending }) => pending === 3)).toEqual({
    pending: 3,
    sent: 0,
    conflicts: 0,
    deadLetters: 0,
    limit: 2,
    level: 'full',
  })
  await failure(client.collections.tasks.create({ title: 'four' }), 'QUEUE_FULL')
  await client.collections.tasks.update('b', { title: 'fits' })
})

test('[SC15] conflicts and dead letters of all scopes are listed, and an answer finds its scope', async () => {
  const server = teamServer({ authorize: ({ after }) => after?.['title'] !== 'forbidden' })
  await using mine = await openTeams({ transport: server('u-1') })
  await using theirs = await openTeams({ user: 'u-2', transport: server('u-2') })
  const records = [
    { id: 'a', team: 'team-1' },
    { id: 'b', team: 'team-2' },
  ]
  for (const record of records) await theirs.client.collections.tasks.create({ ...record, title: 'old' })
  await theirs.sync()
  await mine.sync()
  for (const { id, team } of records) {
    await theirs.client.collections.tasks.update(id, { title: 'theirs' })
    await mine.client.collections.tasks.update(id, { title: 'mine' })
    await mine.client.collections.tasks.create({ title: 'forbidden', team })
  }
  await theirs.sync()
  expect(await mine.sync()).toMatchObject({ status: 'synced', conflicts: 2, deadLetters: 2 })
  const { client } = mine
  expect((await client.deadLetters.list()).map(({ scope }) => scope)).toEqual(['team-1', 'team-2'])
  expect(await until(client.deadLetters.list$(), () => true)).toHaveLength(2)
  const conflicts = await client.conflicts.list()
  expect(conflicts.map(({ scope }) => scope)).toEqual(['team-1', 'team-2'])
  for (const { id } of conflicts) await client.conflicts.resolve(id, 'mine')
  await until(client.conflicts.list$(), (open) => open.length === 0)
  await mine.sync()
  await theirs.sync()
  expect(await theirs.client.collections.tasks.find()).toMatchObject([{ title: 'mine' }, { title: 'mine' }])
})

test('[SC12] tabs follow each other’s joins and leaves', async () => {
  const storage = memoryStorage()
  const transport = teamServer()('u-1')
  await using first = await openTeams({ storage, transport, scopes: ['team-1'] })
  await using second = await openTeams({ storage, transport, scopes: ['team-1'] })
  second.client.start()
  await first.client.scopes.join('team-2')
  await until(second.client.scopes.list$(), (scopes) => scopes.length === 2)
  await first.client.collections.tasks.create({ id: 'b', title: 'one', team: 'team-2' })
  await until(second.client.collections.tasks.get$('b'), (task) => task !== undefined)
  await until(second.client.queue$, ({ pending, sent }) => pending + sent === 0)
  const left = second.client.scopes.get('team-2')
  await first.client.scopes.leave('team-2', { discard: true })
  await until(second.client.scopes.list$(), (scopes) => scopes.length === 1)
  expect(left?.state).toEqual({ status: 'stopped' })
  expect(await second.client.collections.tasks.find()).toEqual([])
  expect(second.client.scopes.get('team-2')).toBeUndefined()
})

test('[SC13] a client that left its last scope is stopped, and ready for another', async () => {
  await using device = await openTeams({ scopes: ['team-1'] })
  const { client } = device
  await device.sync()
  await client.scopes.leave('team-1')
  expect(client.state).toEqual({ status: 'stopped' })
  client.start()
  expect(await client.syncNow()).toEqual({ status: 'stopped' })
  await failure(client.collections.notes.create({ text: 'where to?' }), 'INVALID')
  await failure(client.collections.notes.delete('n'), 'NOT_FOUND')
  expect(await client.collections.notes.find()).toEqual([])
  await client.scopes.join('team-2')
  await untilStatus(client, 'synced')
})

test('[SC16] a server that asked to be left alone is asked for no scope before then, whoever joins', async () => {
  await using device = await openTeams({ scopes: ['team-1'] })
  const { client, transport, environment } = device
  transport.once('pull', failing(new SyncError('RATE_LIMITED', 'Slow down.', { retryAfterMs: 10_000 })))
  client.start()
  await untilStatus(client, 'waiting')
  environment.advance(4_000)
  await client.scopes.join('team-2')
  await until(client.scopes.get('team-2')?.state$ ?? client.state$, ({ status }) => status === 'waiting')
  expect(transport.calls).toEqual(['pull'])
  expect(client.scopes.get('team-2')?.state).toMatchObject({
    error: { code: 'RATE_LIMITED', details: { retryAfterMs: 6_000 } },
  })
  environment.advance(5_999)
  expect(transport.calls).toEqual(['pull'])
  environment.advance(5_000)
  await untilStatus(client, 'synced')
  expect(transport.calls).toEqual(['pull', 'pull', 'pull'])
})

test('[SC16] pause and start ask again all the same', async () => {
  await using device = await openTeams()
  const { client, transport } = device
  transport.once('pull', failing(new SyncError('SERVER_FAILED', 'Restarting.', { retryAfterMs: 10_000 })))
  client.start()
  await untilStatus(client, 'waiting')
  client.pause()
  client.start()
  await untilStatus(client, 'synced')
})
