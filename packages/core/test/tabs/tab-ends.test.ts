import { oneTabSyncs } from '@holdfast/core/tabs'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { lastValueFrom } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { SyncError } from '../../src/base/errors.ts'
import { systemEnvironment } from '../../src/base/system-environment.ts'
import { openClient } from '../support/client.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { localServer } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'
import { browsers, openThree, tabsOf, unansweredPull } from './open-tab.ts'

describe.each(Object.keys(browsers))('%s', (name) => {
  const { openTab } = tabsOf(name)

  test('[TB3] a closed tab that is started takes no turn', async () => {
    const shared = { storage: memoryStorage(), transport: localServer()('u-1') }
    const first = await openTab(shared)
    await untilStatus(first.client, 'synced')
    await first.client.close()
    first.client.start()
    await using second = await openTab(shared)
    await untilStatus(second.client, 'synced')
    expect(second.transport.calls).toContain('pull')
  })

  test('[TB3] a closed tab leaves no timer, whether it synced or not', async () => {
    const environment = manualEnvironment()
    const shared = { storage: memoryStorage(), transport: localServer()('u-1'), environment }
    const first = await openTab(shared)
    const second = await openTab(shared)
    // Without locks nobody leads before it has waited for an answer.
    if (name === 'without locks') environment.advance(1_000)
    await untilStatus(first.client, 'synced')
    await second.client.collections.tasks.create({ title: 'one' })
    await second.client.close()
    await first.client.close()
    expect(environment.waits()).toEqual([])
  })

  test('[TB4] that the tab that synced was paused is not shown in the others', async () => {
    await using tabs = await openThree(openTab)
    const { first, second, third } = tabs
    const shown: string[] = []
    for (const { client } of [second, third]) client.state$.subscribe(({ status }) => shown.push(status))
    first.client.pause()
    await until(second.client.state$, () => [...second.transport.calls, ...third.transport.calls].length > 0)
    await untilStatus(second.client, 'synced')
    await untilStatus(third.client, 'synced')
    expect(shown).not.toContain('stopped')
  })

  test('[TB5] `syncNow` of another tab does not end because the one that syncs is paused', async () => {
    const shared = { storage: memoryStorage(), transport: localServer()('u-1') }
    await using first = await openTab(shared)
    await untilStatus(first.client, 'synced')
    await using second = await openTab(shared)
    await untilStatus(second.client, 'synced')
    const asked = unansweredPull(first)
    const ended = second.client.syncNow()
    await asked
    first.client.pause()
    expect(await ended).toMatchObject({ status: 'synced' })
  })

  test('[TB5] `syncNow` of a tab that is closed meanwhile ends', async () => {
    const shared = { storage: memoryStorage(), transport: localServer()('u-1') }
    await using first = await openTab(shared)
    await untilStatus(first.client, 'synced')
    const second = await openTab(shared)
    await untilStatus(second.client, 'synced')
    const asked = unansweredPull(first)
    const ended = second.client.syncNow()
    await asked
    await second.client.close()
    expect(await ended).toBeDefined()
  })

  test('[TB1] a tab that is opened after the device took another client id is one of them', async () => {
    const shared = { storage: memoryStorage(), transport: localServer()('u-1') }
    await using first = await openTab(shared)
    await untilStatus(first.client, 'synced')
    first.transport.once('push', () => async ({ clientId }) => {
      throw new SyncError('CLIENT_FORKED', 'A copy of this device is there.', { clientId })
    })
    const forked = until(first.client.events$, ({ type }) => type === 'forked')
    await first.client.collections.tasks.create({ id: 'a', title: 'one' })
    await forked
    await untilStatus(first.client, 'synced')
    await using second = await openTab(shared)
    await untilStatus(second.client, 'synced')
    expect(second.transport.calls).toEqual([])
  })

  test('[TB9] a tab of two scopes that is too old ends `syncNow`, though no other tab is there', async () => {
    const tooOld = (): Promise<never> =>
      Promise.reject(new SyncError('UPGRADE_REQUIRED', 'Update the app.', { side: 'client', supported: [2] }))
    let isTooOld = false
    const real = localServer({ scopes: () => ['team-1', 'team-2'] })('u-1')
    const transport = {
      ...real,
      pull: (...call: Parameters<typeof real.pull>) => (isTooOld ? tooOld() : real.pull(...call)),
    }
    await using only = await openTab({ transport, scopes: ['team-1', 'team-2'] })
    await untilStatus(only.client, 'synced')
    isTooOld = true
    void only.client.syncNow()
    await untilStatus(only.client, 'blocked')
    expect(await only.client.syncNow()).toMatchObject({
      status: 'blocked',
      error: { code: 'UPGRADE_REQUIRED' },
    })
    isTooOld = false
    expect(await only.client.syncNow()).toMatchObject({ status: 'synced' })
  })

  test('[TB2] what a tab shows of a scope ends with its client', async () => {
    const shared = { storage: memoryStorage(), transport: localServer()('u-1') }
    const first = await openTab(shared)
    const state$ = first.client.scopes.get('team-1')?.state$
    const last = state$ === undefined ? undefined : lastValueFrom(state$)
    await first.client.close()
    expect(await last).toBeDefined()
  })
})

test('[TB8] where locks are refused, as in a frame of no origin, the tab syncs by itself', async () => {
  let requests = 0
  const locks = {
    request(): Promise<never> {
      requests += 1
      return Promise.reject(new DOMException('No origin.', 'SecurityError'))
    },
  }
  const browser = { navigator: { locks }, BroadcastChannel: globalThis.BroadcastChannel }
  await using only = await openClient({
    environment: systemEnvironment,
    autoStart: true,
    tabs: oneTabSyncs({ browser, answerMs: 200, lookEvery: 100 }),
  })
  await untilStatus(only.client, 'synced')
  expect(requests).toBe(1)
})
