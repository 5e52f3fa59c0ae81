import type { Connectivity } from '../../engine/scope-engine.ts'
import { sharedSignal } from './shared-signal.ts'

/** Ends a subscription, in one of the two forms that libraries have for it. */
export type Unsubscribe = (() => void) | { readonly remove: () => void }

/**
 * Connectivity by whatever calls back when the network changes. `tell` takes null and undefined for "not known": then
 * what was last known stays. Until something is known there is a network. It is subscribed to while a client is open.
 */
export const callbackConnectivity = (
  subscribe: (tell: (online: boolean | null | undefined) => void) => Unsubscribe,
): Connectivity =>
  sharedSignal(true, (tell) => {
    const ended = subscribe((online) => {
      if (typeof online === 'boolean') tell(online)
    })
    return typeof ended === 'function' ? ended : () => ended.remove()
  })
