import type { SyncEvent } from '@holdfast/core'
import { localBirths, persistStorage, watchStorage, type StorageHealth } from '@holdfast/core/storage-health'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { openClient } from '../support/client.ts'
import { manualEnvironment } from '../support/manual-environment.ts'

const values = () => {
  const map = new Map<string, string>()
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  }
}

test('[SH1] a local database that was here and is gone is noticed, once', async () => {
  const births = localBirths({ name: 'app', localStorage: values() })
  const lost: unknown[] = []
  const open = async (storage = memoryStorage(), user = 'ada') => {
    const { client } = await openClient({ storage, user, births, onLocalDataLost: (what) => lost.push(what) })
    await client.close()
    return storage
  }
  const storage = await open()
  const clientId = await births.read('ada')
  await open(storage)
  expect(lost).toEqual([])
  // Somebody else is new here.
  await open(storage, 'bert')
  expect(lost).toEqual([])
  const empty = await open(memoryStorage())
  expect(lost).toEqual([{ user: 'ada', clientId }])
  await open(empty)
  expect(lost).toHaveLength(1)
})

test('[SH1] [OB03] the events tell it to whoever listens, however late, and the log once', async () => {
  const births = localBirths({ name: 'app', localStorage: values() })
  const first = await openClient({ births })
  const clientId = await births.read('u-1')
  await first.client.close()
  const told: string[] = []
  const logger = { error: (message: string) => told.push(message), debug: () => undefined }
  await using device = await openClient({ births, logger })
  const at = device.environment.clock.now()
  device.environment.advance(5_000)
  for (const _listener of ['the app', 'the inspector']) {
    const events: SyncEvent[] = []
    device.client.events$.subscribe((event) => events.push(event)).unsubscribe()
    expect(events).toEqual([{ type: 'localDataLost', clientId, at }])
  }
  expect(told).toEqual([expect.stringMatching(/gone; what had not been sent is lost/)])
  await using again = await device.restart()
  const events: SyncEvent[] = []
  again.client.events$.subscribe((event) => events.push(event))
  expect(events).toEqual([])
})

test('[SH1] what is wiped on purpose is not lost', async () => {
  const births = localBirths({ name: 'app', localStorage: values() })
  const lost: unknown[] = []
  const storage = memoryStorage()
  const options = { storage, births, onLocalDataLost: (what: unknown) => lost.push(what) }
  const { client } = await openClient(options)
  await client.wipe()
  await using _again = await openClient(options)
  expect(lost).toEqual([])
})

test('[SH1] a record that fails keeps nobody from starting', async () => {
  const births = {
    ...localBirths({ name: 'app', localStorage: values() }),
    read: () => Promise.reject(new Error('blocked')),
  }
  const told: string[] = []
  const logger = { error: (message: string) => told.push(message), debug: () => undefined }
  await using device = await openClient({ births, logger })
  expect(device.client.state.status).toBe('stopped')
  expect(told).toEqual(['It can not be remembered that there are local data here.'])
})

test('[SH2] storage tells when space is short, and when it is no longer', async () => {
  const environment = manualEnvironment()
  let usage = 10
  const storage = {
    estimate: async () => ({ usage, quota: 100 }),
    persisted: async () => false,
    persist: async () => true,
  }
  expect(await persistStorage(storage)).toBe(true)
  const seen: StorageHealth['pressure'][] = []
  const subscription = watchStorage({ storage, environment, every: 1_000 }).subscribe(({ pressure }) =>
    seen.push(pressure),
  )
  for (usage of [10, 50, 85, 99, 99, 20]) {
    await new Promise((resolve) => setImmediate(resolve))
    environment.advance(1_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  subscription.unsubscribe()
  expect(seen).toEqual(['none', 'warning', 'full', 'none'])
})
