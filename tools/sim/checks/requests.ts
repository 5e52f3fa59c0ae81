import { hasCode, type SyncState } from '@holdfast/core'
import type { WireAnswer } from '@holdfast/core/testing'
import type { Sim } from '../world/sim.ts'
import { must } from './violation.ts'

/** Watches that a tab does not hammer the server for one scope. */
interface RequestWatch {
  readonly onRequest: () => void
  /** `news`: the answer brought something. */
  readonly onAnswer: (answer: WireAnswer, news: boolean) => void
  /** The app itself asked for sync, or the network came back: what the server asked for is moot. */
  readonly onAsked: () => void
}

/** Requests without news that a tab may make in a virtual second. */
const mostIdle = 12

const createRequestWatch = ({ time, guard, counters }: Sim, tab: string): RequestWatch => {
  let idle: number[] = []
  let notBefore: number | undefined

  return {
    onRequest() {
      const now = time.now()
      idle = idle.filter((at) => at > now - 1_000)
      guard(() =>
        must(
          idle.length <= mostIdle,
          'bounded',
          () => `${tab} made ${idle.length} idle requests in a second`,
        ),
      )
      if (notBefore === undefined) return
      const asked = notBefore
      guard(() =>
        must(now >= asked - 1, 'bounded', () => `${tab} came back at ${now}, asked not before ${asked}`),
      )
      counters.add('Retry-After honoured')
      notBefore = undefined
    },
    onAnswer({ status, retryAfterMs }, news) {
      if (!news) idle.push(time.now())
      if (status !== 200 && retryAfterMs !== undefined) notBefore = time.now() + retryAfterMs
    },
    onAsked() {
      notBefore = undefined
    },
  }
}

/** The watches of a tab. */
export interface TabRequests {
  readonly of: (scope: string) => RequestWatch
  readonly onState: (state: SyncState) => void
  readonly onAsked: () => void
}

export const createTabRequests = (sim: Sim, tab: string): TabRequests => {
  const watches = new Map<string, RequestWatch>()
  return {
    of(scope) {
      const watch = watches.get(scope) ?? createRequestWatch(sim, `${tab} in ${scope}`)
      watches.set(scope, watch)
      return watch
    },
    onState(state) {
      if (state.status !== 'waiting' || !hasCode(state.error, 'NETWORK_UNREACHABLE')) return
      if (state.error.details.reason === 'time-out') sim.counters.add('request timed out')
    },
    onAsked: () => watches.forEach((watch) => watch.onAsked()),
  }
}
