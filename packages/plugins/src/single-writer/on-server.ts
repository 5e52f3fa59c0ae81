import { SyncError } from '@holdfast/core'
import { decodePortable } from '@holdfast/core/protocol'
import { freeLease, leaseId } from './lease-id.ts'
import {
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
  readonly clientId: string
  readonly now: number
  readonly operationId: string
}

interface Guarding {
  readonly scope: string
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
  readonly clientId: string
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

/** Of its device: another one of the same user has no part in it. */
const isOf = (lease: Lease, user: string, device: string): boolean =>
  lease.holder === user && lease.device === device

/** What decides on a lease: by the server's clock, in the order in which the server is asked. */
export const leaseHalves = (ttl: number): LeaseHalves => ({
  acquire({ record, user, clientId, now, operationId }: LeaseCall): Lease {
    const lease = readLease(record)
    if (isHeldAt(lease, now)) throw lost('Somebody else edits it now.', lease.holder)
    const granted = { holder: user, device: clientId, until: now + ttl, grant: operationId }
    return { ...lease, ...granted, fence: lease.fence + 1 }
  },
  renew({ record, input, user, clientId, now }: LeaseCall): Lease {
    const lease = readLease(record)
    assertOwn(lease, lease.fence === readOwn(input).fence && isOf(lease, user, clientId), now)
    // Always later: a device tells by it that it was renewed.
    return { ...lease, until: Math.max(now + ttl, lease.until + 1) }
  },
  /** Of one that is gone already there is nothing to give back. */
  release({ record, input, user, clientId }: LeaseCall): Lease {
    const lease = readLease(record)
    const { fence, grant } = readOwn(input)
    const isOwn = isOf(lease, user, clientId) && (lease.fence === fence || lease.grant === grant)
    return isOwn ? { ...lease, holder: null, device: '', until: 0 } : lease
  },
})

/** Refuses whatever is written by somebody who does not hold the lease, or did not when it was made. */
export const guard =
  (guarded: Guarded) =>
  async ({ scope, operation, before, userId, clientId, now, records }: ArrivingWrite): Promise<void> => {
    const { collection, recordId, type, marks } = operation
    if (!Object.hasOwn(guarded, collection)) return
    const found = await records.get(guarded[collection] ?? '', leaseId(scope, recordId))
    const lease = found === undefined ? freeLease(scope, recordId) : readLease(found)
    const isOwnDevice = lease.record === recordId && isOf(lease, userId, clientId)
    // What is made anew, or comes from another scope, nobody can be editing; unless the lease outlived it.
    const isNew = before === undefined && (type === 'create' || type === 'move')
    if (isNew && !isHeldAt(lease, now)) return
    // She had it here before she took it away: her mark is of where it was since.
    if (isNew && type === 'move' && isOwnDevice) return
    const mark = markIn(marks)
    // It was asked for while somebody else had it, unseen: what was written meanwhile may be older than what that one left.
    if (isOwnDevice && lease.grant === mark.grant && lease.fence !== mark.fence)
      throw lost('Somebody else held the lease before it was granted: look at the record again.', null)
    assertOwn(lease, isOwnDevice && lease.fence === mark.fence && lease.grant === mark.grant, now)
  }

const markIn = (marks: string | undefined): Partial<LeaseMark> => {
  const all = marks === undefined ? undefined : decodePortable(marks)
  return (all as Readonly<Record<string, LeaseMark>> | undefined)?.[pluginName] ?? {}
}

/** Leases are changed by their operations alone; a creation has to be of a free one. */
export const guardLeases =
  (guarded: Guarded) =>
  (write: FittingWrite): void => {
    if (Object.values(guarded).includes(write.operation.collection)) assertLeaseWrite(write)
  }

const assertLeaseWrite = ({ scope, operation: { type }, before, after }: FittingWrite): void => {
  if (type === 'acquire' || type === 'renew' || type === 'release') return
  const made = after === undefined ? undefined : readLease(after)
  const due = before === undefined ? freeLease(scope, made?.record ?? '') : readLease(before)
  if (type === 'create' && made !== undefined && isSame(made, due)) return
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
  left.id === right.id &&
  left.scope === right.scope &&
  left.record === right.record &&
  left.device === right.device &&
  left.holder === right.holder &&
  left.fence === right.fence &&
  left.until === right.until &&
  left.grant === right.grant
