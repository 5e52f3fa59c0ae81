import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import type { MeteredPolicy, MeteredReason } from '@holdfast/core'
import { oneTabSyncs } from '@holdfast/core/tabs'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { systemEnvironment } from '../../src/base/system-environment.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

type Step =
  | { readonly kind: 'write'; readonly id: string; readonly title: string }
  | { readonly kind: 'metered'; readonly reason: MeteredReason | undefined }
  | { readonly kind: 'online'; readonly online: boolean }
  | { readonly kind: 'asked' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'later'; readonly ms: number }
  | { readonly kind: 'settle' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      id: fc.constantFrom('r', 's', 't', 'u', 'v'),
      title: fc.string({ minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('metered' as const),
      reason: fc.constantFrom<MeteredReason | undefined>('cellular', 'dataSaver', undefined),
    }),
  },
  fc.record({ kind: fc.constant('online' as const), online: fc.boolean() }),
  fc.constant({ kind: 'asked' as const }),
  fc.constant({ kind: 'crash' as const }),
  fc.record({ kind: fc.constant('later' as const), ms: fc.constantFrom(500, 60_000, 604_800_000) }),
  { weight: 2, arbitrary: fc.constant({ kind: 'settle' as const }) },
)

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const write = async ({ client }: TestClient, id: string, title: string): Promise<void> => {
  const { latest } = client.collections
  if ((await latest.get(id)) === undefined) await latest.create({ id, title })
  else await latest.update(id, { title })
}

const recordsOf = async ({ client }: TestClient) =>
  (await client.collections.latest.find({ orderBy: { id: 'asc' } })).map(({ id, title }) => ({ id, title }))

test.each<MeteredPolicy>(['push-only', 'wait'])(
  '[CN19] [P05] [P06] whatever the network costs and whenever, nothing is lost (%s)',
  { timeout: 60_000 },
  async (metered) => {
    const steps = fc.array(fc.tuple(fc.boolean(), step), { minLength: 5, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const server = localServer({ limits: { page: 2 } })
        const open = () =>
          openClient({ metered, transport: server('u-1'), storage: memoryStorage(), limits: { page: 2 } })
        const devices = [await open(), await open()]
        let reason: MeteredReason | undefined
        for (const { client } of devices) client.start()
        for (const [second, does] of all) {
          const at = second ? 1 : 0
          const device = devices[at]
          if (device === undefined) throw new Error('There are two.')
          switch (does.kind) {
            case 'write':
              await write(device, does.id, does.title)
              break
            case 'metered':
              reason = does.reason
              for (const { connectivity } of devices) connectivity.setMetered(reason)
              break
            case 'online':
              device.connectivity.set(does.online)
              break
            case 'asked':
              void device.client.syncNow()
              break
            case 'crash':
              devices[at] = await device.restart()
              devices[at]?.connectivity.setMetered(reason)
              devices[at]?.client.start()
              break
            case 'later':
              device.environment.advance(does.ms)
              break
            case 'settle':
              for (let turn = 0; turn < 5; turn += 1) await settle()
          }
        }
        for (const { connectivity } of devices) {
          connectivity.set(true)
          connectivity.setMetered(undefined)
        }
        for (let turn = 0; turn < 2; turn += 1)
          for (const device of devices) {
            await sync(device)
            await untilStatus(device.client, 'synced')
          }
        const [first, second] = await Promise.all(devices.map(recordsOf))
        expect(first).toEqual(second)
        for (const { client } of devices) {
          const fates = (await client.operations.list()).map(({ fate }) => fate.kind)
          expect(fates.filter((kind) => kind === 'pending' || kind === 'sent')).toEqual([])
          await client.close()
        }
      }),
      { numRuns: 40, seed: 20_260_101 },
    )
  },
)

test('[CN20] [TB5] a tab shows what the one that syncs waits for, and its user can overrule it', async () => {
  const shared = { storage: memoryStorage(), transport: localServer()('u-1'), metered: 'wait' } as const
  const openTab = async (): Promise<TestClient> => {
    const tabs = oneTabSyncs({ browser: globalThis, answerMs: 200, lookEvery: 100 })
    const tab = await openClient({ ...shared, environment: systemEnvironment, tabs })
    tab.connectivity.setMetered('dataSaver')
    tab.client.start()
    return tab
  }
  await using first = await openTab()
  const { reason } = await untilStatus(first.client, 'metered')
  await using second = await openTab()
  expect(await untilStatus(second.client, 'metered')).toEqual({
    status: 'metered',
    reason,
    waits: 'everything',
  })
  await first.client.collections.tasks.create({ title: 'one' })
  expect(await second.client.syncNow()).toMatchObject({ status: 'synced' })
  await vi.waitFor(async () =>
    expect(await second.client.operations.list({ status: 'COMPLETED' })).toHaveLength(1),
  )
  expect(second.transport.calls).toEqual([])
})
