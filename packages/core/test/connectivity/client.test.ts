import { afterEach, expect, test, vi } from 'vitest'
import { createSyncClient, probeConnectivity, type SyncClientOptions } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
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
