import { hasCode, type SyncState } from '@holdfast/core'
import type { WireAnswer } from '@holdfast/core/testing'
import type { Sim } from '../world/sim.ts'
import { must } from './violation.ts'

/** What of a request tells it from others. */
export interface Asked {
  readonly scope: string
  readonly operations?: readonly { readonly id: string }[]
}

/** Watches that a tab does not hammer the server. */
export interface RequestWatch {
  readonly onRequest: (input: Asked) => void
  /** `news`: the answer brought something. */
  readonly onAnswer: (input: Asked, answer: WireAnswer, news: boolean) => void
  readonly onState: (state: SyncState) => void
  /** Whether what a run lives by (a push, a pull, a page of a snapshot) was refused. */
  readonly onRefused: (scope: string, isRefused: boolean) => void
  /** The app itself asked for sync, or the network came back: what the server asked for is moot. */
  readonly onAsked: () => void
  /** The app asks for something that may take a while to leave; what is returned ends that. */
  readonly onAsking: () => () => void
}

/** Requests without news that a tab may make for the same in a virtual second. */
const mostIdle = 12

/** A run tries each unit that is held back once, in small batches each by itself: that is no repetition [CL89]. */
const subjectOf = ({ scope, operations: [first] = [] }: Asked): string =>
  first === undefined ? scope : `${scope} ${first.id}`

export const createRequestWatch = (
  { time, guard, counters }: Sim,
  tab: string,
  joined: () => readonly string[],
): RequestWatch => {
  const refused = new Set<string>()
  const idle = new Map<string, readonly number[]>()
  let notBefore: number | undefined
  /** What the app has asked for itself, and is not answered yet. */
  let asking = 0

  return {
    onRequest(input) {
      const now = time.now()
      const subject = subjectOf(input)
      const lately = (idle.get(subject) ?? []).filter((at) => at > now - 1_000)
      idle.set(subject, lately)
      guard(() =>
        must(
          lately.length <= mostIdle,
          'bounded',
          () => `${tab} made ${lately.length} idle requests for ${subject} in a second`,
        ),
      )
      if (notBefore === undefined || asking > 0) return
      const asked = notBefore
      guard(() =>
        must(now >= asked - 1, 'bounded', () => `${tab} came back at ${now}, asked not before ${asked}`),
      )
      counters.add('Retry-After honoured')
      notBefore = undefined
    },
    onAnswer(input, { status, retryAfterMs }, news) {
      const subject = subjectOf(input)
      if (!news) idle.set(subject, [...(idle.get(subject) ?? []), time.now()])
      if (status !== 200 && retryAfterMs !== undefined) notBefore = time.now() + retryAfterMs
    },
    onRefused(scope, isRefused) {
      if (isRefused) refused.add(scope)
      else refused.delete(scope)
    },
    onState(state) {
      if (state.status === 'synced') {
        const lost = joined().find((scope) => refused.has(scope))
        guard(() =>
          must(lost === undefined, 'honest status', () => `${tab} is synced, and ${lost} was refused`),
        )
      }
      if (state.status !== 'waiting' || !hasCode(state.error, 'NETWORK_UNREACHABLE')) return
      if (state.error.details.reason === 'time-out') counters.add('request timed out')
    },
    onAsked() {
      notBefore = undefined
    },
    onAsking() {
      asking += 1
      return () => {
        asking -= 1
      }
    },
  }
}
