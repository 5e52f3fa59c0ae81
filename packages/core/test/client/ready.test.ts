import { expect, test } from 'vitest'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import type { SyncProgress } from '@holdfast/core'
import { openTeams, teamServer } from '../support/teams.ts'
import { failing } from '../support/transports.ts'
import { SyncError } from '@holdfast/core'
import { until, untilStatus } from '../support/until.ts'

test('[OB01] ready is false until every scope was pulled to the end', async () => {
  await using device = await openTeams()
  const { client, transport } = device
  const seen: boolean[] = []
  client.ready$.subscribe((ready) => seen.push(ready))
  transport.once('pull', failing(new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})))
  client.start()
  await client.syncNow()
  expect(client.scopes.get('team-1')?.ready).toBe(false)
  expect(client.scopes.get('team-2')?.ready).toBe(true)
  expect(client.ready).toBe(false)
  await client.syncNow()
  expect(client.ready).toBe(true)
  expect(seen).toEqual([false, true])
})

test('[OB01] it is true at once after a restart without a network', async () => {
  await using device = await openTeams()
  await device.sync()
  await using again = await device.restart()
  expect(again.client.ready).toBe(true)
  expect(again.client.scopes.get('team-2')?.ready).toBe(true)
  expect(again.transport.calls).toEqual([])
  await using more = await again.restart({ scopes: ['team-1', 'team-2', 'team-3'] })
  expect(more.client.ready).toBe(false)
})

test('[OB01] a scope that is joined is not ready yet, and what another tab pulled counts', async () => {
  const storage = memoryStorage()
  const transport = teamServer()('u-1')
  await using first = await openTeams({ storage, transport, scopes: ['team-1'] })
  await using second = await openTeams({ storage, transport, scopes: ['team-1'] })
  await first.sync()
  await until(second.client.ready$, (ready) => ready)
  await first.client.scopes.join('team-2')
  await until(second.client.ready$, (ready) => !ready)
  expect(first.client.ready).toBe(false)
  await first.sync()
  await until(second.client.ready$, (ready) => ready)
  expect(second.transport.calls).toEqual([])
})

test('[OB02] progress counts what is decided, of what there was when the run began', async () => {
  await using device = await openTeams({ scopes: ['team-1'], batch: { operations: 3 } })
  const { client } = device
  for (let count = 0; count < 7; count += 1) await client.collections.tasks.create({ title: 'x' })
  const seen: (SyncProgress | undefined)[] = []
  client.progress$.subscribe((progress) => seen.push(progress))
  client.start()
  await untilStatus(client, 'synced')
  const pushed = seen.filter((one) => one?.phase === 'push')
  expect(seen[0]).toBeUndefined()
  expect(seen.at(-1)).toBeUndefined()
  expect(new Set(pushed.map((one) => `${one?.done} of ${one?.total}`))).toEqual(
    new Set(['0 of 7', '3 of 7', '6 of 7', '7 of 7']),
  )
})

test('[OB02] progress counts the changes of a pull, page by page, and knows no total', async () => {
  const server = teamServer({ limits: { page: 2, maxPage: 2 } })
  await using theirs = await openTeams({ user: 'u-2', transport: server('u-2') })
  for (let count = 0; count < 5; count += 1) await theirs.client.collections.tasks.create({ title: 'x' })
  await using mine = await openTeams({ scopes: ['team-1'], transport: server('u-1') })
  await mine.sync()
  await theirs.sync()
  const seen: (SyncProgress | undefined)[] = []
  mine.client.scopes.get('team-1')?.progress$.subscribe((progress) => seen.push(progress))
  await mine.sync()
  const done = seen.flatMap((one) => (one?.phase === 'pull' && one.total === undefined ? [one.done] : []))
  expect(new Set(done)).toEqual(new Set([2, 4, 5, 0]))
})

test('[OB02] of several scopes it is the earliest phase, summed up', async () => {
  const { combineProgress } = await import('../../src/client/combine-progress.ts')
  const push = { phase: 'push', done: 2, total: 5 } as const
  const pull = { phase: 'pull', done: 10, total: undefined } as const
  const snapshot = { phase: 'snapshot', done: 100, total: 400 } as const
  expect(combineProgress([])).toBeUndefined()
  expect(combineProgress([undefined, push, push])).toEqual({ phase: 'push', done: 4, total: 10 })
  expect(combineProgress([push, pull, pull])).toEqual({ phase: 'pull', done: 20, total: undefined })
  expect(combineProgress([pull, snapshot, undefined])).toEqual(snapshot)
})
