import { isAsked, isHeldAt, type Lease } from './lease.ts'

/** A lease as one device sees it. Times are the server's, in milliseconds since 1970. */
export type LeaseState =
  | { readonly kind: 'free' }
  /** This device has asked, and waits for the server's word, however long; `until` is a guess. */
  | { readonly kind: 'asked'; readonly fence: number; readonly until: number }
  /** This device holds it. */
  | { readonly kind: 'held'; readonly fence: number; readonly until: number }
  /** `holder`, a user, may edit the record: somebody else, or this user on another device. */
  | { readonly kind: 'taken'; readonly holder: string; readonly until: number }

/** Where the facts come from that are not in the lease. */
export interface LeaseFacts {
  /** The server's time. */
  readonly now: number
  /** True where the lease was granted to this device. */
  readonly isOwn: boolean
}

export const leaseState = (lease: Lease | undefined, { now, isOwn }: LeaseFacts): LeaseState => {
  if (lease === undefined || lease.holder === null) return { kind: 'free' }
  const { holder, fence, until } = lease
  // Its end is a guess: the time counts from when the server is asked.
  if (isAsked(lease)) return { kind: 'asked', fence, until }
  if (!isHeldAt(lease, now)) return { kind: 'free' }
  return isOwn ? { kind: 'held', fence, until } : { kind: 'taken', holder, until }
}
