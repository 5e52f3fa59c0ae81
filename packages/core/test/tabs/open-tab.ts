import type { SyncClientOptions } from '@holdfast/core'
import { oneTabSyncs, type OneTabOptions, type TabsBrowser } from '@holdfast/core/tabs'
import { systemEnvironment } from '../../src/base/system-environment.ts'
import { openClient, type TestClient } from '../support/client.ts'
import type { Collections } from '../support/schema.ts'

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
