import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { SyncError } from '@holdfast/core'
import { copyMemoryServerState, createMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { expect, test } from 'vitest'
import type { PushInput } from '../../src/protocol/push.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { failing, localServer } from '../support/transports.ts'
import { openTeams, teamServer } from '../support/teams.ts'
import { copyOf, shown } from './world.ts'

test('[RC01] each scope of a copied device follows to the new id by itself, also one that is joined later', async () => {
  const state = createMemoryServerState()
  const as = teamServer({ store: memoryServerStore({ state }) })
  const storage = memoryStorage()
  await using device = await openTeams({ storage, transport: as('u-1') })
  for (const team of ['team-1', 'team-2']) {
    await device.client.collections.tasks.create({ id: `${team}-a`, title: 'a', team })
  }
  expect((await device.sync()).status).toBe('synced')
  const queued = await device.client.collections.tasks.create({ id: 'q', title: 'queued', team: 'team-2' })
  await device.client.close()
  const copy = await copyOf(storage)
  await using original = await openTeams({ storage, transport: as('u-1') })
  await using twin = await openTeams({ storage: copy, transport: as('u-1') })
  for (const [name, one] of [
    ['original', original],
    ['twin', twin],
  ] as const) {
    for (const team of ['team-1', 'team-2'])
      await one.client.collections.tasks.create({ id: `${name}-${team}`, title: name, team })
  }
  await original.sync()
  expect((await twin.sync()).status).toBe('synced')
  await twin.client.scopes.join('team-3')
  await twin.client.collections.tasks.create({ id: 'third', title: 'third', team: 'team-3' })
  expect((await twin.sync()).status).toBe('synced')
  expect((await original.sync()).status).toBe('synced')
  expect((await twin.sync()).status).toBe('synced')
  expect(state.clients.size).toBe(2)
  for (const one of [original, twin]) {
    expect(await one.client.operations.get(queued.operationId)).toMatchObject({ status: 'COMPLETED' })
    expect(await one.client.operations.list({ status: 'SENT' })).toEqual([])
  }
  const ids = (await twin.client.collections.tasks.find()).map(({ id }) => id)
  expect(ids).toHaveLength(8)
  expect((await original.client.collections.tasks.find()).map(({ id }) => id)).toEqual(
    ids.filter((id) => id !== 'third'),
  )
})

test('[RC01] a scope that was left with sent operations under the old id is joined again under the new one', async () => {
  const state = createMemoryServerState()
  const as = teamServer({ store: memoryServerStore({ state }) })
  await using device = await openTeams({ transport: as('u-1') })
  const { client, transport } = device
  await client.collections.tasks.create({ id: 'a', title: 'a', team: 'team-2' })
  await device.sync()
  await client.collections.tasks.create({ id: 'b', title: 'b', team: 'team-2' })
  transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  await device.sync()
  await client.scopes.leave('team-2', { discard: true })
  await client.collections.tasks.create({ id: 'c', title: 'c', team: 'team-1' })
  transport.once('push', failing(new SyncError('CLIENT_FORKED', 'A copy.', { clientId: 'c' })))
  expect((await device.sync()).status).toBe('synced')
  await client.scopes.join('team-2')
  await client.collections.tasks.create({ id: 'd', title: 'd', team: 'team-2' })
  expect((await device.sync()).status).toBe('synced')
  expect((await client.collections.tasks.find()).map(({ id }) => id)).toEqual(['a', 'c', 'd'])
  expect(await client.operations.list({ status: 'SENT' })).toEqual([])
})

test('[SC10] [RC01] what was held back and lost its number is spent once its scope was left, and nothing that was never sent', async () => {
  const as = teamServer({
    authorize({ after }) {
      if (after?.['title'] === 'waits') throw new SyncError('SERVER_FAILED', 'The ledger is closed.', {})
      return true
    },
  })
  await using device = await openTeams({ transport: as('u-1') })
  const { client, transport } = device
  const { tasks } = client.collections
  const waits = await tasks.create({ id: 'a', title: 'waits', team: 'team-2' })
  await device.sync()
  const { operationId } = await tasks.create({ id: 'b', title: 'sent', team: 'team-2' })
  transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  await device.sync()
  transport.once('push', failing(new SyncError('CLIENT_FORKED', 'A copy.', { clientId: 'c' })))
  transport.once('resume', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  await device.sync()
  const sent = await client.operations.list({ status: 'SENT' })
  expect(sent.map(({ clientSeq }) => clientSeq)).toEqual([undefined, undefined])
  await tasks.create({ id: 'c', title: 'never sent', team: 'team-2' })
  await client.scopes.leave('team-2', { discard: true })
  await client.scopes.join('team-2')
  const spent: PushInput[] = []
  transport.once('push', (real) => (input, options) => {
    spent.push(input)
    return real(input, options)
  })
  await tasks.create({ id: 'd', title: 'later', team: 'team-2' })
  expect((await device.sync()).status).toBe('synced')
  const ids = spent.flatMap(({ operations }) => operations.map(({ id, type }) => ({ id, type })))
  const empty = [waits.operationId, operationId].map((id) => ({ id, type: '' }))
  expect(ids).toHaveLength(2)
  expect(ids).toEqual(expect.arrayContaining(empty))
  expect((await tasks.find()).map(({ id }) => id)).toEqual(['d'])
})

test('[RC06] a move that the server lost is made again', async () => {
  const state = createMemoryServerState()
  const scopes = ['team-1', 'team-2']
  const as = localServer({ store: memoryServerStore({ state }), scopes: () => scopes })
  await using device = await openClient({ scopes: ['team-1'], transport: as('u-1') })
  const settle = async (one: TestClient): Promise<void> => {
    await sync(one)
    expect(await sync(one)).toMatchObject({ status: 'synced', deadLetters: 0 })
    one.client.pause()
  }
  const { client } = device
  await client.collections.tasks.create({ id: 't', title: 'first' })
  await settle(device)
  await client.scopes.join('team-2')
  await settle(device)
  const backup = copyMemoryServerState(state)
  await client.collections.tasks.move('t', 'team-2')
  await settle(device)
  await client.collections.tasks.update('t', { title: 'second' })
  await settle(device)
  state.scopes.clear()
  for (const [name, snapshot] of backup.scopes) state.scopes.set(name, snapshot)
  const seen: boolean[] = []
  client.collections.tasks.get$('t').subscribe((task) => seen.push(task !== undefined))
  for (let round = 0; round < 3; round += 1) await settle(device)
  expect(await shown(device)).toEqual({ t: 'second' })
  const places = scopes.filter((name) => {
    const rows = [...(state.scopes.get(name)?.records.values() ?? [])]
    return rows.some(({ id, deleted }) => id === 't' && !deleted)
  })
  expect(places).toEqual(['team-2'])
})

test('[RC10] a loss is noticed by the number of a discarded operation, which the server waits to have spent', async () => {
  const state = createMemoryServerState()
  const as = teamServer({ store: memoryServerStore({ state }) })
  await using device = await openTeams({ transport: as('u-1') })
  const { client, transport } = device
  const backup = copyMemoryServerState(state)
  await client.collections.tasks.create({ id: 'a', title: 'a', team: 'team-2' })
  await device.sync()
  await client.collections.tasks.create({ id: 'b', title: 'b', team: 'team-2' })
  transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  await device.sync()
  await client.scopes.leave('team-2', { discard: true })
  state.scopes.clear()
  for (const [name, snapshot] of backup.scopes) state.scopes.set(name, snapshot)
  await client.scopes.join('team-2')
  expect((await device.sync()).status).toBe('synced')
  const pushes = (): number => transport.calls.filter((name) => name === 'push').length
  const before = pushes()
  expect((await device.sync()).status).toBe('synced')
  expect(pushes()).toBe(before)
  await client.collections.tasks.create({ id: 'c', title: 'c', team: 'team-2' })
  expect((await device.sync()).status).toBe('synced')
  expect((await client.collections.tasks.find()).map(({ id }) => id)).toEqual(['c'])
  expect(await client.operations.list({ status: 'SENT' })).toEqual([])
})
