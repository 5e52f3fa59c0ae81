import type { ServerRow, StoredVerdict, WireOperation } from '@holdfast/core/protocol'
import { hasUnseen, type History } from '../model/history.ts'
import { leaseIn, markOf } from '../model/leases.ts'
import type { Data } from '../model/values.ts'
import { must } from './violation.ts'

interface Grant {
  readonly before: ServerRow | undefined
  readonly row: ServerRow
  readonly now: number
  /** It was given back in the same commit. */
  readonly wasReleased: boolean
}

/** Leases go by numbers: each is granted once, while nobody else holds it. @throws Violation */
export const checkGrant = ({ before, row, now, wasReleased }: Grant): void => {
  const [old, next] = [before, row].map((one) => leaseIn(one && historyOf(one))) as [Lease, Lease]
  const told = (): string =>
    `the lease ${row.id} went from ${JSON.stringify(old)} to ${JSON.stringify(next)} at ${now}`
  must(next.fence >= old.fence, 'ordered', told)
  if (next.grant === old.grant) return must(next.fence === old.fence, 'ordered', told)
  must(next.fence > old.fence, 'ordered', told)
  must(wasReleased || old.holder === undefined || old.until <= now, 'isolated', told)
}

type Lease = ReturnType<typeof leaseIn>

const historyOf = ({ version, deleted, data }: ServerRow): History => ({
  version,
  deleted,
  data: data as Data,
  steps: [],
})

export interface GuardedWrite {
  readonly operation: WireOperation & {
    readonly clientId: string
    readonly user: string
    readonly now: number
  }
  readonly verdict: StoredVerdict
  /** Of the record, and of its lease, before the write. */
  readonly history: History | undefined
  readonly lease: History | undefined
  /** The device held the lease when it made the write on the newest version. */
  readonly wasHeld: boolean
}

/** What was applied was written under the lease of that moment, and by nobody who had not seen what is there. @throws Violation */
export const checkGuarded = ({ operation, verdict, history, lease, wasHeld }: GuardedWrite): void => {
  const { id, now, user, clientId, type } = operation
  const granted = leaseIn(lease)
  const isThere = history !== undefined && !history.deleted
  const isOpen = granted.holder !== undefined && now < granted.until
  const mark = markOf(operation)
  const told = (): string =>
    `${type} ${id} of ${user} under ${JSON.stringify(mark)} was ${verdict.kind} at ${now} under ${JSON.stringify(granted)}`
  if (verdict.kind === 'applied' || verdict.kind === 'merged') {
    const isUnder =
      isOpen &&
      mark?.grant === granted.grant &&
      mark.fence === granted.fence &&
      granted.holder === user &&
      granted.device === clientId
    must(isUnder || (type === 'create' && !isThere && !isOpen), 'isolated', told)
    // A deletion stands, whatever its author had not seen.
    const isBlind = type !== 'delete' && isThere && hasUnseen(history, operation)
    must(!isBlind, 'causal', told)
  }
  // Whoever holds a lease has seen what was there, and nobody else writes.
  const isConflict = verdict.kind === 'rejected' && verdict.code === 'CONFLICT'
  if (wasHeld) must(!isConflict, 'causal', told)
}
