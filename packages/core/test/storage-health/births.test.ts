import { SyncError, type SyncEvent } from '@holdfast/core'
import { localBirths, persistStorage, watchStorage, type StorageHealth } from '@holdfast/core/storage-health'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { lastValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { openClient, sync } from '../support/client.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { until } from '../support/until.ts'

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

test('[SH1] what could not be read, or remembered, is noticed at the next start', async () => {
  const kept = localBirths({ name: 'app', localStorage: values() })
  let fails: 'read' | 'write' | undefined
  const births = {
    ...kept,
    // Kept by a server, say, and there was no network.
    read: (user: string) => (fails === 'read' ? Promise.reject(new Error('offline')) : kept.read(user)),
    write: (user: string, id: string) =>
      fails === 'write' ? Promise.reject(new Error('offline')) : kept.write(user, id),
  }
  const lost: unknown[] = []
  const start = async (storage: ReturnType<typeof memoryStorage>): Promise<void> => {
    const { client } = await openClient({ storage, births, onLocalDataLost: (what) => lost.push(what) })
    await client.close()
  }
  await start(memoryStorage())
  for (fails of ['read', 'write'] as const) {
    const clientId = await kept.read('u-1')
    const storage = memoryStorage()
    await start(storage)
    expect(lost).toEqual([])
    fails = undefined
    await start(storage)
    expect(lost.splice(0)).toEqual([{ user: 'u-1', clientId }])
    await start(storage)
    expect(lost).toEqual([])
  }
})

test('[SH1] a device that took another client id has lost nothing', async () => {
  const births = localBirths({ name: 'app', localStorage: values() })
  const lost: unknown[] = []
  const before = await openClient({ births, onLocalDataLost: (what) => lost.push(what) })
  await sync(before)
  before.transport.once('push', () => async () => {
    const clientId = (await births.read('u-1')) ?? ''
    throw new SyncError('CLIENT_FORKED', 'A copy of this device is there.', { clientId })
  })
  await before.client.collections.tasks.create({ title: 'one' })
  await until(before.client.queue$, ({ pending, sent }) => pending + sent === 0)
  await using _after = await before.restart()
  expect(lost).toEqual([])
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

test('[SH2] an estimate that fails is asked for again', async () => {
  const environment = manualEnvironment()
  let fails = true
  const estimate = () =>
    fails ? Promise.reject(new TypeError('Internal error.')) : Promise.resolve({ usage: 99, quota: 100 })
  const storage = { estimate, persisted: async () => false, persist: async () => false }
  const seen: string[] = []
  const subscription = watchStorage({ storage, environment, every: 1_000 }).subscribe({
    next: ({ pressure }) => seen.push(pressure),
    error: () => seen.push('over'),
  })
  await new Promise((resolve) => setImmediate(resolve))
  fails = false
  environment.advance(1_000)
  await new Promise((resolve) => setImmediate(resolve))
  expect(seen).toEqual(['full'])
  subscription.unsubscribe()
  expect(environment.waits()).toEqual([])
})

test('[SH2] Safari before 17 has no estimate: nothing is told, and it ends', async () => {
  const storage = { persisted: async () => false, persist: async () => false }
  expect(await lastValueFrom(watchStorage({ storage }), { defaultValue: 'nothing' })).toBe('nothing')
})

test('[SH2] where the browser refuses to be asked, nothing is persisted', async () => {
  const refuse = () => Promise.reject(new TypeError('No origin.'))
  expect(await persistStorage({ estimate: refuse, persisted: refuse, persist: refuse })).toBe(false)
})
