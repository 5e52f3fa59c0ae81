import type { Clock } from './environment.ts'

/** What an era lets pass: a clock that is off by less was not seen to jump. */
export const eraTolerance = 60_000

/** A moment, by both clocks of the device. */
export interface Look {
  readonly wall: number
  readonly monotonic: number
  /** Since an earlier look at this scope the device's clock was set back. */
  readonly wentBack: boolean
}

/** What a session knows of a scope. */
export interface ScopeTime {
  /** Operations with a lower `localSeq` were there at this moment. */
  readonly sighted?: { readonly before: number; readonly monotonic: number } | undefined
  /** The server's time when it was last heard; operations with a lower `localSeq` were there then. */
  readonly heard?:
    | {
        readonly serverTime: number
        readonly monotonic: number
        readonly wall: number
        readonly before: number
      }
    | undefined
}

/** How time passed since a client was opened, as far as that can be told. */
export interface SessionTime {
  readonly id: string
  readonly monotonic: () => number
  readonly look: (scope: string) => Look
  readonly of: (scope: string) => ScopeTime
  /** Operations of the scope with a lower `localSeq` are there now. */
  readonly sight: (scope: string, before: number) => void
  /** The server was just heard, and said what time it is. */
  readonly hear: (scope: string, serverTime: number) => void
  /** The clocks disagree about how long ago that was: the device slept, or its clock was set. */
  readonly isStale: (scope: string) => boolean
}

export const createSessionTime = (clock: Clock, id: string): SessionTime => {
  /** How far the device's clock was ahead of the monotonic one: sleep adds to that, nothing but a setback takes from it. */
  const aheadAtStart = clock.now() - clock.monotonic()
  const furthest = new Map<string, number>()
  const scopes = new Map<string, ScopeTime>()
  const newest = new Map<string, number>()
  const timeOf = (scope: string): ScopeTime => scopes.get(scope) ?? {}

  const look = (scope: string): Look => {
    const now = { wall: clock.now(), monotonic: clock.monotonic() }
    const ahead = now.wall - now.monotonic
    const before = furthest.get(scope) ?? aheadAtStart
    const wentBack = ahead < before - eraTolerance
    furthest.set(scope, wentBack ? ahead : Math.max(ahead, before))
    return { ...now, wentBack }
  }

  return {
    id,
    monotonic: () => clock.monotonic(),
    look,
    of: timeOf,
    sight(scope, before) {
      newest.set(scope, before)
      const { sighted = { before, monotonic: clock.monotonic() }, ...rest } = timeOf(scope)
      scopes.set(scope, { ...rest, sighted })
    },
    hear(scope, serverTime) {
      const before = newest.get(scope) ?? 0
      const heard = { serverTime, monotonic: clock.monotonic(), wall: clock.now(), before }
      scopes.set(scope, { ...timeOf(scope), heard })
    },
    isStale(scope) {
      const { heard } = timeOf(scope)
      if (heard === undefined) return false
      const apart = clock.now() - heard.wall - (clock.monotonic() - heard.monotonic)
      return Math.abs(apart) > eraTolerance
    },
  }
}
