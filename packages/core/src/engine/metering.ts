import type { Observable } from 'rxjs'
import type { MeteredReason } from '../model/sync-state.ts'

/** Tells whether the network is metered. */
export interface Metering {
  /** Undefined: it is not, or nobody knows. */
  readonly metered: () => MeteredReason | undefined
  /** Emits each change. */
  readonly metered$: Observable<MeteredReason | undefined>
}

/** What the client does on a metered network. */
export type MeteredPolicy = 'sync' | 'push-only' | 'wait'

/** What a run may do on the network that there is. */
export type Allowance =
  | { readonly kind: 'all' }
  /** Send what is queued, and ask only for what that needs. */
  | { readonly kind: 'pushes'; readonly reason: MeteredReason }
  | { readonly kind: 'nothing'; readonly reason: MeteredReason }

export const everything: Allowance = { kind: 'all' }

export const allowanceOn = (policy: MeteredPolicy, reason: MeteredReason | undefined): Allowance => {
  if (reason === undefined || policy === 'sync') return everything
  return { kind: policy === 'wait' ? 'nothing' : 'pushes', reason }
}
