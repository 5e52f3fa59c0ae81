import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { createSyncClient, manualConnectivity } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { optionNames } from '../../src/client/check-options.ts'
import { failure } from '../support/failure.ts'
import { schema } from '../support/schema.ts'
import { localServer } from '../support/transports.ts'

const good = {
  schema,
  user: 'u-1',
  storage: memoryStorage(),
  transport: localServer()('u-1'),
  scopes: ['team-1'],
  autoStart: false,
} as const

const refused = (changes: Readonly<Record<string, unknown>>) =>
  failure(createSyncClient({ ...good, ...changes }), 'MISCONFIGURED')

describe('[OP01] an option that does not exist is refused, with the one that was meant', () => {
  test.each([
    ['polEvery', 'pollEvery'],
    ['scope', 'scopes'],
    ['autostart', 'autoStart'],
    ['limit', 'limits'],
    ['enviroment', 'environment'],
  ])('%s', async (name, meant) => {
    const error = await refused({ [name]: 1 })
    expect(error.details).toEqual({ option: name })
    expect(error.message).toContain(`perhaps ${meant} was meant`)
  })

  test('in a group of options too', async () => {
    expect(await refused({ limits: { maxOp: 3 } })).toMatchObject({
      details: { option: 'limits.maxOp' },
      message: expect.stringContaining('perhaps limits.maxOps was meant') as string,
    })
  })

  test('where nothing is like it, the message lists what there is', async () => {
    const error = await refused({ somethingElse: 1 })
    expect(error.message).toContain('pollEvery')
  })
})

describe('[OP02] each option is checked, and the error names it', () => {
  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['schema', { schema: undefined }],
    ['schema', { schema: { collections: 3 } }],
    ['user', { user: '' }],
    ['user', { user: 7 }],
    ['storage', { storage: undefined }],
    ['storage', { storage: {} }],
    ['transport', { transport: { push: () => undefined } }],
    ['scopes', { scopes: [] }],
    ['scopes', { scopes: 'team-1' }],
    ['scopes', { scopes: ['team-1', ''] }],
    ['scopes', { scopes: ['x'.repeat(129)] }],
    ['scopes', { scopes: ['é'.repeat(120)] }],
    ['plugins', { plugins: {} }],
    ['plugins', { plugins: [undefined] }],
    ['limits', { limits: 5_000 }],
    ['limits.maxOps', { limits: { maxOps: 0 } }],
    ['limits.page', { limits: { page: 1_001 } }],
    ['batch.operations', { batch: { operations: 201 } }],
    ['batch.bytes', { batch: { bytes: 1.5 } }],
    ['retry.base', { retry: { base: -1 } }],
    ['retry.cap', { retry: { cap: Number.POSITIVE_INFINITY } }],
    ['pollEvery', { pollEvery: '60' }],
    ['pollEvery', { pollEvery: 2_147_483_648 }],
    ['connectivity', { connectivity: true }],
    ['connectivity.online$', { connectivity: { isOnline: () => true } }],
    ['connectivity.metering', { connectivity: { ...manualConnectivity(), metering: true } }],
    [
      'connectivity.metering.metered$',
      { connectivity: { ...manualConnectivity(), metering: { metered: () => undefined } } },
    ],
    ['metered', { metered: 'never' }],
    ['autoStart', { autoStart: 'yes' }],
    ['environment', { environment: {} }],
    ['environment.clock', { environment: { newId: () => 'x', clock: { now: () => 0 } } }],
    ['logger', { logger: console.log }],
  ])('%s', async (option, changes) => {
    expect((await refused(changes)).details).toEqual({ option })
  })
})

test('[OP02] scopes that are named twice are joined once', async () => {
  const client = await createSyncClient({ ...good, scopes: ['team-1', 'team-1'] })
  expect(client.scopes.list()).toEqual(['team-1'])
  await client.close()
})

test('[OP03] docs/guides/options.md describes each option, and no other', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../../docs/guides/options.md'), 'utf8')
  const described = [...page.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name = '']) => name)
  expect(described.toSorted()).toEqual(optionNames().toSorted())
})

test('[OP04] importing the package on a server does nothing', async () => {
  const globals = Object.getOwnPropertyNames(globalThis)
  const touched = (['setTimeout', 'setInterval', 'fetch'] as const).map((name) => vi.spyOn(globalThis, name))
  vi.resetModules()
  const fresh = await import('../../src/index.ts')
  expect(fresh.createSyncClient).not.toBe(createSyncClient)
  expect(touched.flatMap(({ mock }) => mock.calls)).toEqual([])
  expect(Object.getOwnPropertyNames(globalThis)).toEqual(globals)
  vi.restoreAllMocks()
})
