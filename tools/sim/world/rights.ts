import type { ProcedureName } from '@holdfast/core/protocol'
import type { VirtualTime } from '@holdfast/core/testing'
import { must } from '../checks/violation.ts'
import type { Counters } from '../counters.ts'
import type { Trace } from './trace.ts'

/** Which scopes the users may read. */
export interface Rights {
  /** The user loses the scope for so long. */
  readonly revoke: (user: string, scope: string, milliseconds: number) => void
  readonly restoreAll: () => void
  readonly scopesOf: (user: string) => readonly string[]
  /** Undefined: that has just changed, and a request under way may have met either. */
  readonly mayEnter: (user: string, scope: string) => boolean | undefined
  /** Looks at what is about to leave the server. @throws Violation */
  readonly check: (answered: Answered) => void
}

export interface Answered {
  readonly user: string
  readonly procedure: ProcedureName
  readonly scope: string
  readonly body: string
}

/** Longer than a request that is answered meanwhile can take. */
const blurred = 400

export interface RightsContext {
  readonly time: VirtualTime
  readonly scopes: readonly string[]
  readonly counters: Counters
  readonly trace: Trace
}

export const createRights = ({ time, scopes, counters, trace }: RightsContext): Rights => {
  const revoked = new Map<string, { readonly from: number; until: number }>()
  const of = (user: string, scope: string) => revoked.get(`${user} ${scope}`)

  const isRevoked = (user: string, scope: string): boolean => {
    const lost = of(user, scope)
    return lost !== undefined && time.now() >= lost.from && time.now() < lost.until
  }

  const mayEnter: Rights['mayEnter'] = (user, scope) => {
    const lost = of(user, scope)
    if (lost === undefined || time.now() > lost.until + blurred) return true
    return time.now() < lost.until && time.now() > lost.from + blurred ? false : undefined
  }

  return {
    revoke(user, scope, milliseconds) {
      if (isRevoked(user, scope)) return
      counters.add('scope revoked')
      trace.note(`${user} loses ${scope}`)
      revoked.set(`${user} ${scope}`, { from: time.now(), until: time.now() + milliseconds })
    },
    restoreAll() {
      for (const lost of revoked.values()) lost.until = Math.min(lost.until, time.now())
    },
    scopesOf: (user) => (revoked.size === 0 ? scopes : scopes.filter((scope) => !isRevoked(user, scope))),
    mayEnter,
    check({ user, procedure, scope, body }) {
      if (revoked.size === 0) return
      for (const lost of scopes) {
        if (mayEnter(user, lost) !== false) continue
        const leaks = body.includes(`${lost}-`) || body.includes(`team\\":\\"${lost}`)
        must(!leaks, 'isolated', () => `${procedure} of ${scope} tells ${user} of ${lost}: ${body}`)
        if (lost !== scope) continue
        // Who runs an app that is too old hears that first.
        if (body.includes('"code":"UPGRADE_REQUIRED"')) continue
        counters.add('answer without rights')
        must(body === unknownScope, 'isolated', () => `${procedure} answers ${user} without rights: ${body}`)
      }
    },
  }
}

/** What is said of a scope that does not exist, and so of one that is somebody else's. */
const unknownScope = JSON.stringify({
  kind: 'refused',
  code: 'FORBIDDEN_OR_MISSING',
  message: 'There is no such scope or client, or it is not yours.',
  details: {},
})
