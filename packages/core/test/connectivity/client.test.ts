import { Subject } from 'rxjs'
import { afterEach, expect, test, vi } from 'vitest'
import {
  callbackConnectivity,
  createSyncClient,
  probeConnectivity,
  type Connectivity,
  type SyncClientOptions,
  type Unsubscribe,
} from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { failure } from '../support/failure.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { schema, type Collections } from '../support/schema.ts'
import { localServer, scope } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'
import { fakeWindow, manualProbe } from './support.ts'

afterEach(() => void vi.unstubAllGlobals())

const open = (options: Partial<SyncClientOptions<Collections>> = {}) =>
  createSyncClient({
    schema,
    user: 'u-1',
    storage: memoryStorage(),
    transport: localServer()('u-1'),
    scopes: [scope],
    environment: manualEnvironment(),
    ...options,
  })

test('[CN9] a client listens to the browser where there is one', async () => {
  const window = fakeWindow(false)
  vi.stubGlobal('window', window)
  const client = await open()
  expect(client.state.status).toBe('offline')
  await client.collections.tasks.create({ title: 'one' })
  window.say(true)
  await untilStatus(client, 'synced')
  expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(1)
  window.say(false)
  expect(client.state.status).toBe('offline')
  await client.close()
  expect(window.listeners.size).toBe(0)
})

test('[CN9] and goes by its failures where there is none', async () => {
  const client = await open()
  expect((await untilStatus(client, 'synced')).status).toBe('synced')
  await client.close()
})

test('[CN9] a client is as offline as its probe says, and asks once more when it is told to', async () => {
  const environment = manualEnvironment()
  const { asked, probe, answer } = manualProbe()
  const client = await open({ environment, connectivity: probeConnectivity({ probe, environment }) })
  await untilStatus(client, 'synced')
  await answer(false)
  expect(client.state.status).toBe('offline')
  expect((await client.syncNow()).status).toBe('synced')
  await answer(true)
  await client.close()
  expect(asked.at(-1)?.signal.aborted).toBe(true)
  expect(environment.waits()).toEqual([])
})

const broken: Readonly<Record<string, () => Connectivity>> = {
  'that can’t be subscribed to': () =>
    callbackConnectivity(() => {
      throw new Error('There is no radio.')
    }),
  'that can’t be left': () =>
    callbackConnectivity(() => () => {
      throw new Error('There is no radio.')
    }),
  'that names nothing to leave it by': () => callbackConnectivity(() => undefined as unknown as Unsubscribe),
  'that fails later': () => {
    const signal$ = new Subject<never>()
    queueMicrotask(() => signal$.error(new Error('There is no radio.')))
    return {
      isOnline: () => true,
      online$: signal$,
      metering: { metered: () => undefined, metered$: signal$ },
    }
  },
}

test.each(Object.entries(broken))(
  '[CN21] a source %s ends neither the process nor the client',
  async (_name, make) => {
    const errors: string[] = []
    const logger = { debug: () => undefined, error: (line: string) => void errors.push(line) }
    const connectivity = make()
    const storage = memoryStorage()
    const client = await open({ connectivity, logger, storage, metered: 'wait' })
    await client.collections.tasks.create({ title: 'one' })
    expect((await client.syncNow()).status).toBe('synced')
    await client.close()
    expect(errors).not.toEqual([])
    await failure(client.collections.tasks.find(), 'CLOSED')
  },
)
