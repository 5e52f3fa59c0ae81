import { SyncError } from '@holdfast/core'
import { runSyncOnce } from '@holdfast/core/service-worker'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { systemEnvironment } from '../../src/base/system-environment.ts'
import { openClient } from '../support/client.ts'
import { schema } from '../support/schema.ts'
import { failing, held, localServer, scope, twisted } from '../support/transports.ts'

const user = 'u-1'

/** A device that wrote offline and was closed. */
const written = async (count = 3) => {
  const storage = memoryStorage()
  const server = localServer()
  const { client } = await openClient({ storage, transport: server(user), environment: systemEnvironment })
  for (let index = 0; index < count; index += 1)
    await client.collections.tasks.create({ id: `t-${index}`, title: 'a' })
  await client.close()
  const transport = twisted(server(user))
  return { transport, options: { schema, user, storage, transport, scopes: [scope] as const } }
}

test('[SB1] a run opens the database, sends what waits, and closes it', async () => {
  const { options, transport } = await written()
  expect(await runSyncOnce(options)).toMatchObject({
    state: { status: 'synced' },
    undecided: 0,
    isDone: true,
  })
  expect(transport.calls.filter((call) => call === 'push')).toHaveLength(1)
  const { client } = await openClient({ ...options, environment: systemEnvironment })
  expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(3)
  await client.close()
})

test('[SB2] it ends at its deadline with a batch under way, and nothing is lost or done twice', async () => {
  const { options, transport } = await written()
  const late = held('answer')
  transport.once('push', late.twist as never)
  const before = performance.now()
  const once = await runSyncOnce(options, { deadline: 300 })
  expect(performance.now() - before).toBeLessThan(2_000)
  expect(once).toMatchObject({ undecided: 3, isDone: false })
  late.release()
  expect(await runSyncOnce(options)).toMatchObject({ undecided: 0, isDone: true })
  const { client } = await openClient({ ...options, environment: systemEnvironment })
  expect((await client.operations.list({ status: 'COMPLETED' })).map(({ fate }) => fate?.kind)).toEqual(
    Array(3).fill('applied'),
  )
  await client.close()
})

test('[SB2] a signal ends it at once', async () => {
  const { options, transport } = await written()
  const late = held('request')
  transport.once('push', late.twist as never)
  const controller = new AbortController()
  const run = runSyncOnce(options, { signal: controller.signal })
  await late.arrived
  controller.abort()
  expect(await run).toMatchObject({ undecided: 3, isDone: false })
  late.release()
})

test('[SB3] what keeps it from syncing is in the state that it ends with', async () => {
  const { options, transport } = await written()
  transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'No network.', {})))
  transport.once('pull', failing(new SyncError('NETWORK_UNREACHABLE', 'No network.', {})))
  const once = await runSyncOnce(options)
  expect(once.isDone).toBe(false)
  expect(once.undecided).toBe(3)
  expect(once.state.status).toBe('waiting')
})

test('[SB3] where a page wipes the data meanwhile nothing is left, and it ends', async () => {
  const { options, transport } = await written()
  const late = held('request')
  transport.once('push', late.twist as never)
  const run = runSyncOnce(options, { deadline: 300 })
  await late.arrived
  const { client } = await openClient({ ...options, environment: systemEnvironment })
  await client.wipe()
  expect(await run).toMatchObject({ undecided: 0, isDone: false })
  late.release()
})
