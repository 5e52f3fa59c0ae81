import type { SyncClientOptions } from '@holdfast/core'
import { oneTabSyncs, type OneTabOptions, type TabsBrowser } from '@holdfast/core/tabs'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { systemEnvironment } from '../../src/base/system-environment.ts'
import { openClient, type TestClient } from '../support/client.ts'
import type { Collections } from '../support/schema.ts'
import { localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

export const browsers: Readonly<Record<string, TabsBrowser>> = {
  'with locks': globalThis,
  'without locks': { BroadcastChannel: globalThis.BroadcastChannel },
}

/** Opens tabs of one browser that are quick to notice that another one is gone. */
export const tabsOf = (
  name: string,
): {
  readonly options: OneTabOptions
  readonly openTab: (more: Partial<SyncClientOptions<Collections>>) => Promise<TestClient>
} => {
  const options: OneTabOptions = { browser: browsers[name], answerMs: 200, lookEvery: 100 }
  return {
    options,
    openTab: (more) =>
      openClient({ environment: systemEnvironment, tabs: oneTabSyncs(options), autoStart: true, ...more }),
  }
}

/** The tab's next pull is never answered. Resolves when it is asked for. */
export const unansweredPull = ({ transport }: TestClient): Promise<void> =>
  new Promise((resolve) => {
    transport.once('pull', () => () => {
      resolve()
      return new Promise(() => undefined)
    })
  })

type OpenTab = ReturnType<typeof tabsOf>['openTab']

interface ThreeTabs extends AsyncDisposable {
  /** The one that syncs. */
  readonly first: TestClient
  readonly second: TestClient
  readonly third: TestClient
}

/** Three tabs of one device, all of them synced. */
export const openThree = async (openTab: OpenTab): Promise<ThreeTabs> => {
  await using closing = new AsyncDisposableStack()
  const shared = { storage: memoryStorage(), transport: localServer()('u-1') }
  const first = closing.use(await openTab(shared))
  await untilStatus(first.client, 'synced')
  const second = closing.use(await openTab(shared))
  const third = closing.use(await openTab(shared))
  await untilStatus(second.client, 'synced')
  await untilStatus(third.client, 'synced')
  const all = closing.move()
  return { first, second, third, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
