import { SyncError } from '@holdfast/core'
import { decodePortable } from '@holdfast/core/protocol'
import {
  freeLease,
  isHeldAt,
  pluginName,
  readLease,
  readOwn,
  type Guarded,
  type Lease,
  type LeaseMark,
} from './lease.ts'

/** What the halves of the server get, as far as leases need it. */
export interface LeaseCall {
  readonly record: unknown
  readonly input: unknown
  readonly user: string
  readonly now: number
  readonly operationId: string
}

interface Guarding {
  readonly operation: {
    readonly collection: string
    readonly recordId: string
    readonly type: string
    readonly marks?: string | undefined
  }
  readonly before: unknown
}

/** What `beforeJudge` gets, as far as leases need it. */
export interface ArrivingWrite extends Guarding {
  readonly userId: string
  readonly now: number
  readonly records: { readonly get: (collection: string, id: string) => Promise<unknown> }
}

/** What `beforeApply` gets, as far as leases need it. */
export interface FittingWrite extends Guarding {
  readonly after: unknown
}

const lost = (message: string, holder: string | null): SyncError =>
  new SyncError('LEASE_LOST', message, holder === null ? {} : { holder })

/** By the server's clock. */
const assertOwn = (lease: Lease, isOwn: boolean, now: number): void => {
  const isHeld = isHeldAt(lease, now)
  if (!isOwn) throw lost('The lease is no longer yours.', isHeld ? lease.holder : null)
  if (!isHeld) throw lost('The lease has expired; acquire it again.', null)
}

export type LeaseHalves = Readonly<Record<'acquire' | 'renew' | 'release', (call: LeaseCall) => Lease>>

/** What decides on a lease: by the server's clock, in the order in which the server is asked. */
export const leaseHalves = (ttl: number): LeaseHalves => ({
  acquire({ record, user, now, operationId }: LeaseCall): Lease {
    const lease = readLease(record)
    if (isHeldAt(lease, now)) throw lost('Somebody else edits it now.', lease.holder)
    return { ...lease, holder: user, fence: lease.fence + 1, until: now + ttl, grant: operationId }
  },
  renew({ record, input, user, now }: LeaseCall): Lease {
    const lease = readLease(record)
    assertOwn(lease, lease.fence === readOwn(input).fence && lease.holder === user, now)
    // Always later: a device tells by it that it was renewed.
    return { ...lease, until: Math.max(now + ttl, lease.until + 1) }
  },
  /** Of one that is gone already there is nothing to give back. */
  release({ record, input, user }: LeaseCall): Lease {
    const lease = readLease(record)
    const { fence, grant } = readOwn(input)
    const isOwn = lease.holder === user && (lease.fence === fence || lease.grant === grant)
    return isOwn ? { ...lease, holder: null, until: 0 } : lease
  },
})

/** Refuses whatever is written by somebody who does not hold the lease, or did not when it was made. */
export const guard =
  (guarded: Guarded) =>
  async ({ operation, before, userId, now, records }: ArrivingWrite): Promise<void> => {
    const { collection, recordId, type, marks } = operation
    if (!Object.hasOwn(guarded, collection)) return
    const found = await records.get(guarded[collection] ?? '', recordId)
    const lease = found === undefined ? freeLease(recordId) : readLease(found)
    // What is made anew, or comes from another scope, nobody can be editing; unless the lease outlived it.
    const isNew = before === undefined && (type === 'create' || type === 'move')
    if (isNew && !isHeldAt(lease, now)) return
    const mark = markIn(marks)
    // It was asked for while somebody else had it, unseen: what was written meanwhile may be older than what that one left.
    if (lease.holder === userId && lease.grant === mark.grant && lease.fence !== mark.fence)
      throw lost('Somebody else held the lease before it was granted: look at the record again.', null)
    const isOwn = lease.fence === mark.fence && lease.grant === mark.grant && lease.holder === userId
    assertOwn(lease, isOwn, now)
  }

const markIn = (marks: string | undefined): Partial<LeaseMark> => {
  const all = marks === undefined ? undefined : decodePortable(marks)
  return (all as Readonly<Record<string, LeaseMark>> | undefined)?.[pluginName] ?? {}
}

/** Leases are changed by their operations alone; a creation has to be of a free one. */
export const guardLeases =
  (guarded: Guarded) =>
  ({ operation, before, after }: FittingWrite): void => {
    if (Object.values(guarded).includes(operation.collection)) assertLeaseWrite(operation, before, after)
  }

const assertLeaseWrite = (
  { type, recordId }: Guarding['operation'],
  before: unknown,
  after: unknown,
): void => {
  if (type === 'acquire' || type === 'renew' || type === 'release') return
  const due = before === undefined ? freeLease(recordId) : readLease(before)
  if (type === 'create' && after !== undefined && isSame(readLease(after), due)) return
  if (type === 'create' && before !== undefined) {
    throw new SyncError('CONFLICT', 'There is such a lease already: sync, and ask again.', {})
  }
  throw new SyncError(
    'FORBIDDEN_OR_MISSING',
    'Leases are acquired, renewed and released; see singleWriter.',
    {},
  )
}

const isSame = (left: Lease, right: Lease): boolean =>
  left.holder === right.holder &&
  left.fence === right.fence &&
  left.until === right.until &&
  left.grant === right.grant
