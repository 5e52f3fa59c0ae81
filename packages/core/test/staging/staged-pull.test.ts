import { SyncError, definePlugin, type SyncProgress } from '@holdfast/core'
import type { ReadRequest } from '@holdfast/core/storage'
import { createMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { expect, test } from 'vitest'
import type { PullAnswer, PullInput } from '../../src/protocol/pull.ts'
import type { SnapshotAnswer, SnapshotInput } from '../../src/protocol/snapshot.ts'
import { stagingEntry } from '../../src/oplog/staging/entry.ts'
import { cursorKey, logKey, stagePrefix, stagingKey } from '../../src/oplog/keys.ts'
import { logHeadEntry } from '../../src/oplog/entries.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'
import type { Store } from '../../src/storage/store.ts'
import { openClient, sync } from '../support/client.ts'
import { countedStorage } from '../support/counted-storage.ts'
import { failing, held, localServer, scope } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'
import { drop, idOf, openWorld, page, stagedIds } from './world.ts'

const unreachable = new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})

const kindOf = async (store: Store): Promise<string> => {
  const stored = await store.get(stagingKey(scope))
  return stored === undefined ? 'idle' : stagingEntry.decode(stored.value).kind
}

const isFolding = async (store: Store): Promise<boolean> => {
  const stored = await store.get(logKey(scope))
  return stored !== undefined && logHeadEntry.decode(stored.value).folding !== undefined
}

test('[SG1] a scope that fits in one page is one request and one commit, and nothing is staged', async () => {
  const storage = countedStorage()
  const server = localServer()
  await using other = await openClient({ user: 'u-2', transport: server('u-2') })
  for (let index = 0; index < 20; index += 1) await other.client.collections.tasks.create({ title: 'x' })
  await sync(other)
  await using device = await openClient({ storage, transport: server('u-1') })
  device.client.start()
  await untilStatus(device.client, 'synced')
  expect(device.transport.calls).toEqual(['pull'])
  const keys = storage.commits.flatMap(({ writes }) => writes.map(({ key }) => key))
  expect(keys.filter((key) => key.startsWith('stag'))).toEqual([])
  expect(
    storage.commits.filter(({ writes }) => writes.some(({ key }) => key.startsWith('rec/'))),
  ).toHaveLength(1)
})

test('[SG4] a larger scope comes by snapshot, then by pull from its cursor, and is shown at once', async () => {
  await using world = await openWorld(10)
  const device = await world.tab()
  const counts: number[] = []
  device.client.collections.tasks.find$().subscribe((tasks) => counts.push(tasks.length))
  device.client.start()
  await untilStatus(device.client, 'synced')
  expect(device.transport.calls).toEqual(['pull', 'snapshot', 'snapshot', 'snapshot', 'snapshot', 'pull'])
  expect(counts).toEqual([0, 10])
  expect(await stagedIds(world.store)).toEqual([])
  expect([await kindOf(world.store), await isFolding(world.store)]).toEqual(['idle', false])
})

test('[SG4] [P06] what changes while a snapshot is read is there in the end, and what was deleted is not', async () => {
  await using world = await openWorld(10)
  const { tasks } = world.other.client.collections
  const device = await world.tab()
  const snapshot = held<SnapshotInput, RequestOptions, SnapshotAnswer>('answer')
  device.transport.once('snapshot', (real) => real)
  device.transport.once('snapshot', snapshot.twist)
  device.client.start()
  await snapshot.arrived
  await tasks.update(idOf(0), { title: 'changed early' })
  await tasks.update(idOf(9), { title: 'changed late' })
  await tasks.delete(idOf(1))
  await tasks.delete(idOf(8))
  await tasks.create({ id: 'a-new', title: 'first' })
  await sync(world.other)
  snapshot.release()
  await untilStatus(device.client, 'synced')
  const shown = await device.client.collections.tasks.find()
  expect(shown).toEqual(await tasks.find())
  expect(shown).toHaveLength(9)
})

test('[SG1] a device that was away for more than a page sees all of it at once', async () => {
  await using world = await openWorld(2)
  const device = await world.tab()
  await sync(device)
  device.client.pause()
  for (let index = 2; index < 12; index += 1)
    await world.other.client.collections.tasks.create({ id: idOf(index), title: 'x' })
  await world.other.client.collections.tasks.update(idOf(0), { text: 'edited' })
  await world.other.client.collections.tasks.update(idOf(11), { text: 'edited' })
  await sync(world.other)
  const seen: string[] = []
  device.client.collections.tasks
    .find$()
    .subscribe((tasks) =>
      seen.push(`${tasks.length} ${tasks.filter(({ text }) => text === 'edited').length}`),
    )
  const before = device.transport.calls.length
  await sync(device)
  expect(device.transport.calls.slice(before)).not.toContain('snapshot')
  expect(
    device.transport.calls.slice(before).filter((call) => call === 'pull').length,
  ).toBeGreaterThanOrEqual(4)
  expect(seen).toEqual(['2 0', '12 2'])
})

test('[SG2] a run that fails goes on after the last page that was stored, also in another process', async () => {
  await using world = await openWorld(10)
  const asked: (string | undefined)[] = []
  const noting = (real: (input: SnapshotInput, options: RequestOptions) => Promise<SnapshotAnswer>) => {
    return (input: SnapshotInput, options: RequestOptions) => {
      asked.push(input.pageToken)
      return real(input, options)
    }
  }
  for (let start = 0; start < 4; start += 1) {
    const device = await world.tab()
    device.transport.once('snapshot', noting)
    device.transport.once('snapshot', failing(unreachable))
    device.client.start()
    if (start < 3) await untilStatus(device.client, 'waiting')
    else await untilStatus(device.client, 'synced')
    await device.client.close()
    expect(await stagedIds(world.store)).toHaveLength(start < 3 ? (start + 1) * page : 0)
  }
  expect(new Set(asked).size).toBe(4)
  expect(asked).toHaveLength(4)
  const reader = await world.tab()
  expect(await reader.client.collections.tasks.find()).toHaveLength(10)
})

test('[SG3] of two tabs that ask for the same page one stores it, and the other goes on from there', async () => {
  await using world = await openWorld(7)
  const [slow, quick] = [await world.tab(), await world.tab()]
  const answer = held<SnapshotInput, RequestOptions, SnapshotAnswer>('answer')
  slow.transport.once('snapshot', answer.twist)
  slow.client.start()
  await answer.arrived
  quick.client.start()
  await untilStatus(quick.client, 'synced')
  answer.release()
  await untilStatus(slow.client, 'synced')
  expect(await slow.client.collections.tasks.find()).toHaveLength(7)
  expect(await stagedIds(world.store)).toEqual([])
})

test('[SG3] a page that comes after its whole generation is over changes nothing', async () => {
  await using world = await openWorld(7)
  const [slow, quick] = [await world.tab(), await world.tab()]
  const answer = held<PullInput, RequestOptions, PullAnswer>('answer')
  slow.transport.once('pull', (real) => real)
  slow.transport.once('pull', answer.twist)
  slow.client.start()
  await answer.arrived
  quick.client.start()
  await untilStatus(quick.client, 'synced')
  await world.other.client.collections.tasks.update(idOf(3), { title: 'newer' })
  await sync(world.other)
  await sync(quick)
  const before = await world.store.get(cursorKey(scope))
  answer.release()
  await untilStatus(slow.client, 'synced')
  expect(await world.store.get(cursorKey(scope))).toEqual(before)
  expect(await slow.client.collections.tasks.get(idOf(3))).toMatchObject({ title: 'newer' })
})

test('[SG9] a generation is dropped once another tab has swapped in a head', async () => {
  await using world = await openWorld(2)
  const device = await world.tab({ limits: { page: 1 } })
  await sync(device)
  await sync(device)
  device.client.pause()
  const { tasks } = world.other.client.collections
  for (const id of ['x', 'y']) await tasks.create({ id, title: id })
  await sync(world.other)

  const answer = held<PullInput, RequestOptions, PullAnswer>('answer')
  device.transport.once('pull', (real) => real)
  device.transport.once('pull', answer.twist)
  device.client.start()
  await answer.arrived
  expect(await stagedIds(world.store)).toEqual(['x'])
  const another = await world.tab()
  await sync(another)
  expect(await another.client.collections.tasks.find()).toHaveLength(4)
  expect([await stagedIds(world.store), await kindOf(world.store)]).toEqual([[], 'idle'])
  answer.release()
  await untilStatus(device.client, 'synced')
  expect(await device.client.collections.tasks.find()).toHaveLength(4)
  expect([await stagedIds(world.store), await kindOf(world.store)]).toEqual([[], 'idle'])
})

test('[SG9] [SG11] dropping goes in portions, and whoever comes next goes on with it', async () => {
  await using world = await openWorld(10)
  const first = await world.tab()
  first.transport.once('snapshot', (real) => real)
  first.transport.once('snapshot', (real) => real)
  first.transport.once('snapshot', failing(unreachable))
  first.client.start()
  await untilStatus(first.client, 'waiting')
  await first.client.close()
  expect(await stagedIds(world.store)).toHaveLength(6)
  expect(await drop(world.store, 2, 1)).toBe(false)
  expect([await stagedIds(world.store), await kindOf(world.store)]).toEqual([
    [idOf(2), idOf(3), idOf(4), idOf(5)],
    'drop',
  ])
  const second = await world.tab()
  second.client.start()
  await untilStatus(second.client, 'synced')
  expect(second.transport.calls).toEqual(['pull', ...Array.from({ length: 4 }, () => 'snapshot'), 'pull'])
  expect(await second.client.collections.tasks.find()).toHaveLength(10)
  expect([await stagedIds(world.store), await kindOf(world.store)]).toEqual([[], 'idle'])
})

test('[SG10] a server that can not go on from its own page token does not block a first sync', async () => {
  const state = createMemoryServerState()
  const store = memoryServerStore({ state })
  await using world = await openWorld(10, { store })
  const device = await world.tab()
  device.transport.once('snapshot', (real) => async (input, options) => {
    const answer = await real(input, options)
    // The server was set back, and has gone another way to where it stood.
    const snapshot = state.scopes.get(scope)
    if (snapshot === undefined) throw new Error('There is no scope.')
    const { head } = snapshot.state
    const nonces = new Map([[head, 'another']])
    state.scopes.set(scope, { ...snapshot, nonces, state: { ...snapshot.state, nonce: 'another' } })
    return answer
  })
  device.client.start()
  await untilStatus(device.client, 'synced')
  expect(device.transport.calls.filter((call) => call === 'pull').length).toBe(3)
  expect(await device.client.collections.tasks.find()).toHaveLength(10)
})

test('[SG11] no commit is larger than a page, however much is staged, folded or dropped', async () => {
  const storage = countedStorage()
  const server = localServer({ limits: { page: 5, maxPage: 5 } })
  await using other = await openClient({ user: 'u-2', transport: server('u-2') })
  for (let index = 0; index < 60; index += 1) await other.client.collections.tasks.create({ title: 'x' })
  await sync(other)
  await using device = await openClient({ storage, transport: server('u-1'), limits: { page: 5 } })
  await sync(device)
  const sizes = storage.commits.map(({ writes }) => writes.length)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2 * 5 + 1)
  const flips = storage.commits.filter(({ writes }) => writes.some(({ key }) => key.startsWith('cursor/')))
  expect(flips.map(({ writes }) => writes.map(({ key }) => key).toSorted())).toEqual([
    [`cursor/${scope}`, `log/${scope}`, `staging/${scope}`],
  ])
})

test('[SG11] folding reads each staged row once', async () => {
  const storage = countedStorage()
  const server = localServer({ limits: { page: 5, maxPage: 5 } })
  await using other = await openClient({ user: 'u-2', transport: server('u-2') })
  for (let index = 0; index < 20; index += 1) await other.client.collections.tasks.create({ title: 'x' })
  await sync(other)
  await using device = await openClient({ storage, transport: server('u-1'), limits: { page: 5 } })
  await sync(device)
  const prefix = stagePrefix(scope)
  const isScan = (request: ReadRequest): boolean => 'scan' in request && request.scan === prefix
  const first = storage.reads.findIndex((requests) => requests.some(isScan))
  const asked = storage.reads.slice(first).flat()
  expect(asked.filter(isScan).length).toBeGreaterThan(4)
  expect(asked.filter((request) => 'get' in request && request.get.startsWith(prefix))).toEqual([])
})

test('[SG12] progress is told in records, and the phase says what is fetched', async () => {
  await using world = await openWorld(7)
  const device = await world.tab()
  const steps: (SyncProgress | undefined)[] = []
  device.client.progress$.subscribe((progress) => steps.push(progress))
  const phases: string[] = []
  device.client.state$.subscribe((state) => {
    if (state.status === 'syncing') phases.push(state.phase)
  })
  device.client.start()
  await untilStatus(device.client, 'synced')
  expect(phases).toEqual(['pull', 'snapshot', 'pull'])
  const told = steps.filter((step) => step !== undefined)
  expect(told.slice(0, 2)).toEqual([
    { phase: 'snapshot', done: 3, total: 7 },
    { phase: 'snapshot', done: 6, total: 7 },
  ])
  expect(told.at(-1)).toEqual({ phase: 'fold', done: 7, total: 7 })
})

test('[SG8] plugins hear of staged changes before they are stored, and of all of them once they took their place', async () => {
  await using world = await openWorld(7)
  const before: string[] = []
  const after: string[] = []
  const watching = definePlugin({
    name: 'watching',
    hooks: {
      beforeApplyRemote(changes) {
        before.push(...changes.map(({ id }) => id))
        return changes
      },
      afterApplyRemote: (changes) => void after.push(...changes.map(({ id }) => id)),
    },
  })
  const device = await world.tab({ plugins: [watching] })
  await sync(device)
  const all = Array.from({ length: 7 }, (_, index) => idOf(index))
  expect(before).toEqual(all)
  expect(after).toEqual(all)
})
