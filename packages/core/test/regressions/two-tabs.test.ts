import { delay, type Observable } from 'rxjs'
import { expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { toSyncState, type EngineEvent, type EngineState } from '../../src/engine/states.ts'
import { transition } from '../../src/engine/transition.ts'
import { openClient } from '../support/client.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { failing } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'

const day = 86_400_000

test('a wait that the server asked for is as long as it said, wherever the clock jumps while the network is away', async () => {
  const environment = manualEnvironment()
  let jump = 0
  const clock = { ...environment.clock, now: () => environment.clock.now() + jump }
  await using device = await openClient({ environment: { ...environment, clock } })
  const { client, transport, connectivity } = device
  transport.once('pull', failing(new SyncError('RATE_LIMITED', 'Later.', { retryAfterMs: 5_000 })))
  client.start()
  await untilStatus(client, 'waiting')
  connectivity.set(false)
  jump = -day
  environment.advance(2_000)
  connectivity.set(true)
  expect(client.state.status).toBe('waiting')
  expect(Math.max(...environment.waits())).toBeLessThan(4_000)
})

test('a tab is synced when the queue is empty, whichever tab is at it, and tells what all of them left', () => {
  const policy = { base: 1, cap: 1 }
  const counted = (queued: number): EngineEvent => ({ type: 'counted', queued, conflicts: 0, deadLetters: 1 })
  const synced: EngineState = { status: 'synced', at: 7, queued: 0, conflicts: 2, deadLetters: 0 }
  const busy = transition(synced, counted(1), policy)
  expect(busy.effects).toEqual([])
  expect(toSyncState(busy.state)).toEqual({ status: 'syncing', phase: 'push' })
  const done = transition(busy.state, counted(0), policy)
  expect(toSyncState(done.state)).toEqual({ status: 'synced', at: 7, conflicts: 0, deadLetters: 1 })
})

/** Storage whose tabs hear of each other some turns late. */
const lateNews = (inner: StorageAdapter): StorageAdapter => ({
  ...inner,
  async open(name) {
    const database = await inner.open(name)
    const externalCommits$: Observable<never> = database.externalCommits$.pipe(delay(5)) as Observable<never>
    return { ...database, externalCommits$ }
  },
})

test('a tab does not show its own write without an earlier one of another tab', async () => {
  const storage = lateNews(memoryStorage())
  await using first = await openClient({ storage })
  await using second = await openClient({ storage })
  const shown: string[] = []
  const titles = (records: readonly { readonly title: string }[]): string =>
    records
      .map(({ title }) => title)
      .sort()
      .join()
  const both = until(second.client.collections.tasks.find$(), (records) => {
    shown.push(titles(records))
    return records.length === 2
  })
  await second.client.collections.tasks.find()
  await first.client.collections.tasks.create({ id: 'a', title: 'earlier' })
  await second.client.collections.tasks.create({ id: 'b', title: 'later' })
  await both
  expect(shown).not.toContain('later')
})
