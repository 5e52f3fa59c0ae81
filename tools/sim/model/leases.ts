import { leaseId } from '@holdfast/plugins/single-writer'
import { allScopes } from '../world/scopes.ts'
import type { History } from './history.ts'
import { serverWins, usual, type Half, type HalfCall, type HalfResult, type Rules } from './rule-types.ts'
import { isSame, parseData, textOf, type Data } from './values.ts'

/** How long a lease is granted, in milliseconds. */
export const leaseTime = 2_500

interface Lease {
  readonly holder: string | undefined
  readonly device: string
  readonly fence: number
  readonly until: number
  readonly grant: string
}

/** Who wants to write, and under which lease. */
interface Asked {
  readonly type: string
  readonly user: string
  readonly clientId: string
  readonly now: number
  readonly marks?: string | undefined
}

/** What the server has of the lease of a record in a scope: no other one's is among its records. */
export const leaseOf = (
  leases: string,
  recordId: string,
  historyOf: (record: string) => History | undefined,
): History | undefined => {
  const ids = allScopes.map((scope) => leaseId(scope, recordId))
  return ids.map((id) => historyOf(`${leases}/${id}`)).find((history) => history !== undefined)
}

/** Who may write a record, by what the server has of its lease. Nobody has one that was never made. */
export const leaseIn = (history: History | undefined): Lease => {
  const { holder, device, fence, until, grant } =
    history === undefined || history.deleted ? ({} as Data) : history.data
  return {
    holder: typeof holder === 'string' ? holder : undefined,
    device: textOf(device ?? ''),
    fence: Number(fence ?? 0),
    until: Number(until ?? 0),
    grant: textOf(grant ?? ''),
  }
}

const isOpen = ({ holder, until }: Lease, now: number): boolean => holder !== undefined && now < until

/** Under which lease an operation says that it was made. */
export const markOf = ({ marks }: Pick<Asked, 'marks'>): Pick<Lease, 'fence' | 'grant'> | undefined => {
  if (marks === undefined) return undefined
  const { singleWriter } = parseData(marks)
  return singleWriter as unknown as Pick<Lease, 'fence' | 'grant'> | undefined
}

const lost = (holder?: string): HalfResult => ({ kind: 'refused', code: 'LEASE_LOST', holder })

/** Undefined: the write may go on to be judged. */
export const refusedByLease = (
  lease: Lease,
  operation: Asked,
  isThere: boolean,
): { readonly holder: string | undefined } | undefined => {
  const { now, user, clientId, type } = operation
  const open = isOpen(lease, now)
  const isHerDevice = lease.holder === user && lease.device === clientId
  if (!isThere && (type === 'create' || type === 'move') && !open) return undefined
  // She took it away, and brings it back.
  if (!isThere && type === 'move' && isHerDevice) return undefined
  const mark = markOf(operation)
  const isHers = mark?.fence === lease.fence && mark.grant === lease.grant && isHerDevice
  if (isHers && open) return undefined
  // Her own request was granted, after somebody else had the lease: nobody is named.
  const isHerRequest = mark?.grant === lease.grant && isHerDevice
  return { holder: open && !isHerRequest ? lease.holder : undefined }
}

const made = (record: Data): HalfResult => ({ kind: 'made', record, further: {} })

const acquire: Half = (record, _input, { user, clientId, now, id }) => {
  const { fence, holder, until } = record
  if (typeof holder === 'string' && now < Number(until)) return lost(holder)
  const granted = { holder: user, device: clientId, until: now + leaseTime, grant: id }
  return made({ ...record, ...granted, fence: Number(fence) + 1 })
}

const isHeldBy = (
  { holder, device }: Data,
  { user, clientId }: Pick<HalfCall, 'user' | 'clientId'>,
): boolean => holder === user && device === clientId

const renew: Half = (record, input, call) => {
  const { now } = call
  const { holder } = record
  const until = Number(record['until'])
  const open = typeof holder === 'string' && now < until
  const isHers = isHeldBy(record, call) && record['fence'] === input['fence']
  if (!isHers) return lost(open ? holder : undefined)
  return open ? made({ ...record, until: Math.max(now + leaseTime, until + 1) }) : lost()
}

/** Of a request that was on its way the number was a guess: it is told by itself. */
const release: Half = (record, input, call) => {
  const { fence, grant } = input
  const isIt = record['fence'] === fence || (grant !== undefined && record['grant'] === grant)
  return made(isIt && isHeldBy(record, call) ? { ...record, holder: null, device: '', until: 0 } : record)
}

const isFree = ({ holder, device, fence, until, grant }: Data): boolean =>
  holder === null && device === '' && fence === 0 && until === 0 && grant === ''

/** What one device at a time may write, and its leases. */
export const guardedRules: Readonly<Record<string, Rules>> = {
  forms: {
    ...usual,
    strategy: 'optimisticVersion that refuses',
    disputes: 'record',
    deletes: 'deleteWins',
    required: ['id', 'team', 'title', 'body'],
    ruleOf: () => 'refuse',
    leases: 'formLeases',
  },
  formLeases: {
    ...serverWins,
    required: ['id', 'scope', 'record', 'holder', 'device', 'fence', 'until', 'grant'],
    named: {
      acquire: {
        run: (lease, { holder, until }) => ({
          ...lease,
          holder: holder ?? null,
          device: '',
          until: until ?? 0,
          fence: Number(lease['fence']) + 1,
          grant: '',
        }),
        reads: [],
        changes: ['device', 'fence', 'grant', 'holder', 'until'],
      },
      renew: { run: (lease) => lease, reads: [], changes: ['until'] },
      release: {
        run: (lease, { fence }) => (lease['fence'] === fence ? { ...lease, holder: null, until: 0 } : lease),
        reads: [],
        changes: ['holder', 'until'],
      },
    },
    halves: { acquire, renew, release },
    vetoes: (before, after, type) => {
      if (type === 'acquire' || type === 'renew' || type === 'release') return undefined
      if (type !== 'create' || after === undefined) return 'FORBIDDEN_OR_MISSING'
      if (before === undefined) return isFree(after) ? undefined : 'FORBIDDEN_OR_MISSING'
      return isSame(before, after) ? undefined : 'CONFLICT'
    },
  },
}
