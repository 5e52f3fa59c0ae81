import { systemEnvironment, type Environment } from '@holdfast/core'
import { storageConformance, type StoragePlace } from '@holdfast/core/testing'
import { isDeaf } from '../broken/announcers.ts'
import { ignoresExpect } from '../broken/ignores-expect.ts'
import { readsPiecewise } from '../broken/reads-piecewise.ts'
import { tornCommit } from '../broken/torn-commit.ts'
import { writesBehind } from '../broken/writes-behind.ts'
import { framePlace, type Frame } from './frame-place.ts'

const withoutChannel = (frame: Frame): void => {
  Object.defineProperty(frame, 'BroadcastChannel', { value: undefined })
}

/** What the kit holds to its rules. */
const sound = {
  'indexeddb in Chromium': framePlace({ durability: 'strict' }),
  'indexeddb in Chromium without BroadcastChannel': framePlace({ prepare: withoutChannel }),
}

/** What has to fail them. */
const broken = {
  'answers before it wrote': framePlace({ breaks: writesBehind }),
  'hears nothing': framePlace({ breaks: isDeaf }),
  'ignores expect': framePlace({ breaks: ignoresExpect }),
  'reads request by request': framePlace({ breaks: readsPiecewise }),
  'tears commits': framePlace({ breaks: tornCommit }),
}

/** What is awaited in vain is awaited for less time. */
const hurried: Environment = {
  ...systemEnvironment,
  timers: { after: (ms, run) => systemEnvironment.timers.after(ms / 10, run) },
}

/** What the tests call in the page. */
export interface KitPage {
  /** Runs the case of the kit with this name. */
  readonly run: (place: string, name: string) => Promise<void>
}

declare global {
  interface Window {
    kit: KitPage
  }
}

type Cases = Map<string, () => Promise<void>>

const casesOf = (adapter: () => Promise<StoragePlace>, environment: Environment): Cases => {
  const cases: Cases = new Map()
  storageConformance({ test: (name, run) => void cases.set(name, run), adapter, environment })
  return cases
}

const cases = new Map([
  ...Object.entries(sound).map(([place, adapter]) => [place, casesOf(adapter, systemEnvironment)] as const),
  ...Object.entries(broken).map(([place, adapter]) => [place, casesOf(adapter, hurried)] as const),
])

window.kit = {
  async run(place, name) {
    const run = cases.get(place)?.get(name)
    if (run === undefined) throw new Error(`The page knows no case ${name} of ${place}.`)
    await run()
  },
}
