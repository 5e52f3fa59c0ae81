import { setTimeout as sleep } from 'node:timers/promises'
import { allowAll, createMetrics, type AuditEntry } from '@holdfast/server'
import { describe, expect, test } from 'vitest'
import { create, memoryWorld, scope, testEnvironment } from '../support/world.ts'

describe('[MT5] the audit is told what became of each operation, and no value', () => {
  test('applied, refused, sent again, malformed, unreadable; not of a request that was refused', async () => {
    const entries: AuditEntry[] = []
    const world = memoryWorld({
      audit: (entry) => entries.push(entry),
      environment: testEnvironment(7),
      authorize: ({ after }) => after?.['title'] !== 'forbidden',
    })
    const client = world.client('c-1', 'ada')
    const first = create(client, 'r-1', { title: 'secret' })
    await client.push(first, create(client, 'r-2', { title: 'forbidden' }))
    await client.pushRaw([first, { ...client.operation({ recordId: 'r-3' }), baseVersion: 'x' }, 7])
    await client.pushRaw([create(client, 'r-4', { title: 'a' })], { cursor: 'bad' })
    const by = { at: 7, scope, userId: 'ada', clientId: 'c-1', collection: 'todos' }
    expect(entries).toEqual([
      { ...by, operationId: 'c-1-op-1', recordId: 'r-1', type: 'create', result: 'applied' },
      {
        ...{ ...by, operationId: 'c-1-op-2', recordId: 'r-2', type: 'create' },
        ...{ result: 'rejected', code: 'FORBIDDEN_OR_MISSING' },
      },
      { ...by, operationId: 'c-1-op-1', recordId: 'r-1', type: 'create', result: 'duplicate' },
      {
        ...{ ...by, operationId: 'c-1-op-3', recordId: 'r-3', type: 'update' },
        ...{ result: 'rejected', code: 'INVALID' },
      },
      {
        ...{ ...by, operationId: 'unreadable', collection: '', recordId: '', type: '' },
        ...{ result: 'rejected', code: 'INVALID' },
      },
    ])
    expect(JSON.stringify(entries)).not.toContain('secret')
  })

  test('what it throws changes no answer', async () => {
    const logged: string[] = []
    const world = memoryWorld({
      audit: () => {
        throw new Error('full')
      },
      logger: { error: (message) => logged.push(message) },
    })
    const client = world.client('c-1')
    expect((await client.push(create(client, 'r-1', { title: 'a' }))).results).toMatchObject([
      { kind: 'applied' },
    ])
    expect(logged).toEqual(['audit failed.'])
  })
})

test('[MT6] metrics tell forks, resets with their reason, and how late the event loop was', async () => {
  const metrics = createMetrics()
  const { client } = memoryWorld({ onEvent: metrics.onEvent })
  const ada = client('a')
  await ada.push(create(ada, 'r-1', { title: 'a' }))
  await ada.pull()
  // A database that was set back knows nothing of where the device was.
  const other = memoryWorld({ onEvent: metrics.onEvent })
  expect(await other.client('a').pullRaw({ cursor: ada.cursor })).toMatchObject({ code: 'RESET_REQUIRED' })
  expect(await ada.pushRaw([], { instance: { acknowledged: 'another', candidate: 'copy' } })).toMatchObject({
    code: 'CLIENT_FORKED',
  })

  // It measures from one turn to the next.
  await sleep(60)
  const busy = performance.now() + 120
  while (performance.now() < busy) continue
  await sleep(60)
  const reading = metrics.read()
  expect(reading).toMatchObject({
    resets: { epoch_changed: 1 },
    requests: { push: { refused: { CLIENT_FORKED: 1 } }, pull: { refused: { RESET_REQUIRED: 1 } } },
  })
  expect(reading.eventLoopDelayMs).toBeGreaterThan(60)
})

test('[MT6] the longest wait for a lock is kept until it is read', async () => {
  const metrics = createMetrics()
  const { store, client } = memoryWorld({ onEvent: metrics.onEvent })
  const ada = client('a')
  const held = store.write(scope, () => sleep(80))
  await ada.push(create(ada, 'r-1', { title: 'a' }))
  await held
  expect(metrics.read().longestLockWaitMs).toBeGreaterThan(50)
  await ada.push(create(ada, 'r-2', { title: 'a' }))
  expect(metrics.read().longestLockWaitMs).toBeLessThan(50)
})

test('[HX20] a server that lets everybody who reads write tells so when it starts; one that judges does not', () => {
  const told: string[] = []
  const logger = { error: () => undefined, info: (message: string) => void told.push(message) }
  memoryWorld({ logger, authorize: () => true })
  expect(told).toEqual([])
  memoryWorld({ logger, authorize: allowAll })
  expect(told).toEqual([
    'authorize is allowAll: whoever may read a scope may change and delete everything in it.',
  ])
})
