import { SyncError } from '@holdfast/core'
import { answerSyncEvents, backgroundSync, type SyncEventLike } from '@holdfast/core/service-worker'
import { oneTabSyncs } from '@holdfast/core/tabs'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { systemEnvironment } from '../../src/base/system-environment.ts'
import { openClient, sync } from '../support/client.ts'
import { schema } from '../support/schema.ts'
import { failing, localServer, scope, twisted } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'

const user = 'u-1'

/** A worker's scope, and what it makes of an event. */
const workerScope = () => {
  let listener: (event: SyncEventLike) => void = () => undefined
  return {
    addEventListener: (_: string, given: typeof listener): void => {
      listener = given
    },
    async wake(tag: string): Promise<void> {
      let done: Promise<unknown> = Promise.resolve()
      listener({ tag, waitUntil: (promise) => void (done = promise) })
      await done
    },
  }
}

test('[SB6] an event fails as long as something is left, and only events of its tag are answered', async () => {
  const storage = memoryStorage()
  const transport = twisted(localServer()(user))
  const { client } = await openClient({ storage, transport, environment: systemEnvironment })
  await client.collections.tasks.create({ id: 'a', title: 'one' })
  await client.close()
  const worker = workerScope()
  const runs: boolean[] = []
  answerSyncEvents({
    open: () => ({ schema, user, storage, transport, scopes: [scope] }),
    scope: worker,
    onRun: ({ isDone }) => runs.push(isDone),
  })
  await worker.wake('somebody else')
  expect(runs).toEqual([])
  transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'No network.', {})))
  await expect(worker.wake('holdfast')).rejects.toThrow('1 operations are left (waiting).')
  await worker.wake('holdfast')
  expect(runs).toEqual([false, true])
})

test('[SB6] an event whose time was over before the database was open fails: nobody knows what is left', async () => {
  const storage = { ...memoryStorage(), open: () => new Promise<never>(() => undefined) }
  const worker = workerScope()
  const runs: (number | undefined)[] = []
  answerSyncEvents({
    open: () => ({ schema, user, storage, transport: localServer()(user), scopes: [scope] }),
    deadline: 50,
    scope: worker,
    onRun: ({ undecided }) => runs.push(undecided),
  })
  await expect(worker.wake('holdfast')).rejects.toThrow('before the local database was open')
  expect(runs).toEqual([undefined])
})

test('[SB6] where nobody is signed in there is nothing to do', async () => {
  const worker = workerScope()
  answerSyncEvents({ open: async () => undefined, scope: worker })
  await worker.wake('holdfast')
})

test('[SB5] where a page syncs, the worker asks it', async () => {
  const storage = memoryStorage()
  const server = localServer()
  const tabs = oneTabSyncs({ answerMs: 500 })
  await using page = await openClient({
    storage,
    transport: server(user),
    environment: systemEnvironment,
    tabs,
    autoStart: true,
  })
  await untilStatus(page.client, 'synced')
  await page.client.collections.tasks.create({ id: 'a', title: 'one' })
  const transport = twisted(server(user))
  const worker = workerScope()
  answerSyncEvents({
    open: () => ({ schema, user, storage, transport, scopes: [scope], tabs }),
    scope: worker,
  })
  await worker.wake('holdfast')
  expect(transport.calls).toEqual([])
  expect(await page.client.operations.list({ status: 'COMPLETED' })).toHaveLength(1)
})

test('[SB4] a page asks to be woken for what waits, with each write anew: browsers give up', async () => {
  const asked: string[] = []
  const registration = { sync: { register: async (tag: string) => void asked.push(tag) } }
  await using device = await openClient()
  expect(await backgroundSync(device.client, { registration, tag: 'app' })).toBe(true)
  expect(await backgroundSync(device.client, { registration: {} })).toBe(false)
  await device.client.collections.tasks.create({ title: 'one' })
  await until(device.client.queue$, ({ pending }) => pending === 1)
  expect(asked).toEqual(['app'])
  await device.client.collections.tasks.create({ title: 'two' })
  await until(device.client.queue$, ({ pending }) => pending === 2)
  expect(asked).toEqual(['app', 'app'])
  await sync(device)
  await untilStatus(device.client, 'synced')
  expect(asked).toEqual(['app', 'app'])
  await device.client.collections.tasks.create({ title: 'three' })
  await until(device.client.queue$, ({ pending }) => pending === 1)
  expect(asked).toHaveLength(3)
})
