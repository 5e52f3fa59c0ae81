import { expect, test } from 'vitest'
import { SyncError, hasCode } from '@holdfast/core'
import type { Database } from '@holdfast/core/storage'
import {
  crashableStorage,
  createSeededRandom,
  createSimulatedProcess,
  createVirtualTime,
  type SimulatedProcess,
  type StorageFault,
  type StorageStep,
  type VirtualTime,
} from '@holdfast/core/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Place {
  readonly time: VirtualTime
  readonly process: SimulatedProcess
  readonly database: Database
  /** As another process finds the place. */
  readonly found: () => Promise<string | undefined>
}

const openPlace = async (
  faultAt: (step: StorageStep) => StorageFault | undefined,
  delay = 0,
): Promise<Place> => {
  const place = memoryStorage()
  const random = createSeededRandom('a')
  const time = createVirtualTime({ random, settle })
  const process = createSimulatedProcess({ name: 'tab', time, random, wallClock: () => 0 })
  const storage = crashableStorage(place, { process, faultAt, noticeOf: (commit) => ({ delay, commit }) })
  return {
    time,
    process,
    database: await storage.open('u'),
    async found() {
      const other = await place.open('u')
      const [entry] = await other.read([{ get: 'k' }])
      await other.close()
      return entry?.value
    },
  }
}

/** `open` until the promise is settled. */
const outcomeOf = async (promise: Promise<unknown>): Promise<string> => {
  let outcome = 'open'
  promise.then(
    () => {
      outcome = 'resolved'
    },
    (error: unknown) => {
      outcome = hasCode(error, 'STORAGE_FULL') ? 'full' : 'failed'
    },
  )
  await settle()
  return outcome
}

const write = { expect: [], writes: [{ key: 'k', value: 'v' }] }
const at = (step: StorageStep, fault: StorageFault) => (reached: StorageStep) =>
  reached === step ? fault : undefined

test('without a fault everything passes', async () => {
  const { database, found } = await openPlace(() => undefined)
  expect(await outcomeOf(database.commit(write))).toBe('resolved')
  expect(await found()).toBe('v')
})

test('a crash before the commit loses it, and its promise never ends', async () => {
  const { database, found } = await openPlace(at('commit:before', { kind: 'crash' }))
  expect(await outcomeOf(database.commit(write))).toBe('open')
  expect(await found()).toBeUndefined()
})

test('a crash after the commit keeps it, and its promise never ends', async () => {
  const { database, found } = await openPlace(at('commit:after', { kind: 'crash' }))
  expect(await outcomeOf(database.commit(write))).toBe('open')
  expect(await found()).toBe('v')
})

test('a failure writes nothing and says why', async () => {
  const error = new SyncError('STORAGE_FULL', 'No room.', {})
  const { database, found } = await openPlace(at('commit:before', { kind: 'fail', error }))
  expect(await outcomeOf(database.commit(write))).toBe('full')
  expect(await found()).toBeUndefined()
})

test('a slow step waits for virtual time', async () => {
  const { time, database, found } = await openPlace(at('commit:before', { kind: 'delay', ms: 50 }))
  const commit = database.commit(write)
  expect(await outcomeOf(commit)).toBe('open')
  while (await time.step(50));
  expect(await outcomeOf(commit)).toBe('resolved')
  expect(await found()).toBe('v')
})

test('a dead process reads nothing, writes nothing and hears nothing', async () => {
  const { process, database, found } = await openPlace(() => undefined)
  let heard = 0
  database.externalCommits$.subscribe(() => (heard += 1))
  process.kill()
  expect(await outcomeOf(database.commit(write))).toBe('open')
  expect(await outcomeOf(database.read([{ get: 'k' }]))).toBe('open')
  expect(await outcomeOf(database.close())).toBe('open')
  expect(await found()).toBeUndefined()
  expect(heard).toBe(0)
})

test('commits of others are heard late, and in their order', async () => {
  const place = memoryStorage()
  const random = createSeededRandom('a')
  const time = createVirtualTime({ random, settle })
  const process = createSimulatedProcess({ name: 'tab', time, random, wallClock: () => 0 })
  const delays = [40, 5, 20]
  const storage = crashableStorage(place, {
    process,
    faultAt: () => undefined,
    noticeOf: (commit) => ({ delay: delays.shift() ?? 0, commit }),
  })
  const heard: string[] = []
  const database = await storage.open('u')
  database.externalCommits$.subscribe((commit) => heard.push(commit === 'all' ? 'all' : commit.keys.join()))
  const other = await place.open('u')
  for (const key of ['a', 'b', 'c', 'd']) await other.commit({ expect: [], writes: [{ key, value: 'v' }] })
  expect(heard).toEqual([])
  while (await time.step(100));
  expect(heard).toEqual(['a', 'b', 'c', 'd'])
})
