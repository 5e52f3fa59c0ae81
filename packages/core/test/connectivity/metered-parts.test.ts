import { Observable } from 'rxjs'
import { describe, expect, test, vi } from 'vitest'
import { createSyncClient, manualConnectivity, type SyncState } from '@holdfast/core'
import { runSyncOnce } from '@holdfast/core/service-worker'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { systemEnvironment } from '../../src/base/system-environment.ts'
import { combineStates } from '../../src/client/combine-states.ts'
import type { LiveNews } from '../../src/transport/live-news.ts'
import { openClient, sync } from '../support/client.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { openPair } from '../support/pair.ts'
import { growingNotes } from '../support/placed-text.ts'
import { schema as tasksSchema } from '../support/schema.ts'
import { openTeams } from '../support/teams.ts'
import { localServer, scope, twisted } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

const rests = { status: 'metered', reason: 'expensive', waits: 'pulls' } as const

test('[CN16] what is made again is made on the newer record, which is pulled for it', async () => {
  const schema = growingNotes()
  const server = localServer({ schema, limits: { page: 3 } })
  const open = (user: string) => {
    const connectivity = manualConnectivity()
    const transport = twisted(server(user))
    const options = { schema, user, transport, connectivity, storage: memoryStorage(), scopes: [scope] }
    const environment = manualEnvironment()
    return createSyncClient({
      ...options,
      environment,
      limits: { page: 3 },
      metered: 'push-only',
      autoStart: false,
    }).then((client) => ({ client, transport, connectivity }))
  }
  const [ada, ben] = await Promise.all([open('ada'), open('ben')])
  await ada.client.collections.notes.create({ id: 'r', body: 'a' })
  for (const { client } of [ada, ben]) {
    client.start()
    await untilStatus(client, 'synced')
  }
  for (const id of ['s', 't', 'u', 'v']) await ada.client.collections.notes.create({ id })
  await ada.client.collections.notes.update('r', { body: 'ab' })
  await untilStatus(ada.client, 'synced')
  ben.connectivity.setMetered('expensive')
  const before = ben.transport.calls.length
  await ben.client.collections.notes.update('r', { body: 'ac' })
  await vi.waitFor(async () => {
    const all = await ben.client.operations.list()
    expect(all.map(({ fate }) => fate.kind)).toEqual(['superseded', 'applied'])
  })
  await vi.waitFor(() => expect(ben.client.state).toEqual(rests))
  expect(await ben.client.collections.notes.get('r')).toMatchObject({ body: 'abc' })
  const calls = ben.transport.calls.slice(before)
  expect(calls.slice(0, 2)).toEqual(['push', 'pull'])
  expect(calls).not.toContain('snapshot')
  await Promise.all([ada.client.close(), ben.client.close()])
})

test('[CN16] [EN41] [EN42] where the app wants to look first, what others did is pulled', async () => {
  await using pair = await openPair('asked', {
    metered: 'push-only',
    preflight: { onRisk: { HIGH: 'attention' } },
    ids: ['r', 'other'],
  })
  const { mine, theirs } = pair
  await theirs.client.collections.asked.update('r', { title: 'theirs' })
  await sync(theirs)
  mine.environment.advance(604_800_000)
  mine.connectivity.setMetered('expensive')
  await mine.client.collections.asked.update('r', { title: 'mine' })
  await mine.client.collections.asked.update('other', { title: 'mine' })
  const before = mine.transport.calls.length
  mine.client.start()
  await untilStatus(mine.client, 'attention')
  expect(mine.transport.calls.slice(before)).toEqual(['preflight', 'pull', 'push'])
  expect(mine.environment.waits()).toEqual([])
  // What a user confirms is asked for.
  await mine.client.confirm()
  await untilStatus(mine.client, 'synced')
  expect(await mine.client.conflicts.list()).toHaveLength(1)
})

test('[CN16] a scope that is joined on the way is fetched later; what is written to it goes out', async () => {
  const connectivity = manualConnectivity()
  await using device = await openTeams({ scopes: ['team-1'], metered: 'push-only', connectivity })
  const { client, transport } = device
  client.start()
  await untilStatus(client, 'synced')
  connectivity.setMetered('expensive')
  const before = transport.calls.length
  await client.scopes.join('team-2')
  await vi.waitFor(() => expect(client.scopes.get('team-2')?.state).toEqual(rests))
  const { operationId } = await client.collections.tasks.create({ title: 'new', team: 'team-2' })
  expect((await client.operations.settled(operationId)).fate.kind).toBe('applied')
  expect(transport.calls.slice(before)).toEqual(['push'])
  connectivity.setMetered(undefined)
  await vi.waitFor(() => expect(client.ready).toBe(true))
})

test('[CN14] [SB1] a background task on a metered network ends at once, with what is left', async () => {
  const connectivity = manualConnectivity()
  connectivity.setMetered('expensive')
  const storage = memoryStorage()
  const first = await openClient({ storage })
  await first.client.collections.tasks.create({ title: 'one' })
  await first.client.close()
  const server = localServer()
  const run = (metered: 'wait' | 'push-only') => {
    const options = { schema: tasksSchema, user: 'u-1', storage, transport: server('u-1'), scopes: [scope] }
    return runSyncOnce({ ...options, environment: systemEnvironment, connectivity, metered })
  }
  const left = { state: { ...rests, waits: 'everything' }, undecided: 1, isDone: false }
  expect(await run('wait')).toEqual(left)
  expect(await run('push-only')).toEqual({ state: rests, undecided: 0, isDone: false })
})

describe('[CN17] a metered network has no live stream', () => {
  test.each(['sync', 'push-only', 'wait'] as const)('%s', async (metered) => {
    let open = 0
    const live$ = (): Observable<LiveNews> =>
      new Observable(() => {
        open += 1
        return () => {
          open -= 1
        }
      })
    const transport = { ...twisted(localServer()('u-1')), live$ }
    await using device = await openClient({ transport, metered })
    const { client, connectivity } = device
    await sync(device)
    await vi.waitFor(() => expect(open).toBe(1))
    connectivity.setMetered('expensive')
    const expected = metered === 'sync' ? 1 : 0
    expect(open).toBe(expected)
    await client.collections.tasks.create({ title: 'one' })
    await client.syncNow()
    expect(open).toBe(expected)
    connectivity.setMetered(undefined)
    await untilStatus(client, 'synced')
    await vi.waitFor(() => expect(open).toBe(1))
  })
})

describe('[CN20] the state of several scopes', () => {
  const synced: SyncState = { status: 'synced', at: 1, conflicts: 0, deadLetters: 0 }
  const everything: SyncState = { ...rests, waits: 'everything' }

  test.each<[SyncState, SyncState]>([
    [synced, rests],
    [rests, everything],
    [everything, { status: 'syncing', phase: 'push' }],
    [everything, { status: 'offline' }],
  ])('%j is less than %j', (less, more) => {
    expect(combineStates([less, more])).toBe(more)
    expect(combineStates([more, less])).toBe(more)
  })
})
