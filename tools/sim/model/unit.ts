import type { History } from './history.ts'
import { judgeHalf } from './half.ts'
import { leaseIn, leaseOf, refusedByLease } from './leases.ts'
import { judge, type Judged, type Ruling } from './judge.ts'
import { forbidden, judgeMove, type Destination } from './move.ts'
import { rulesOf } from './rules.ts'
import { parseData } from './values.ts'

/** What must become of one of several operations that belong together. */
export type UnitRuling =
  | Exclude<Ruling, { kind: 'rejected' }>
  | {
      readonly kind: 'rejected'
      readonly code: string
      readonly reason?: string | undefined
      readonly holder?: string | undefined
      readonly cause: string | undefined
    }
  | { readonly kind: 'aborted'; readonly cause: string; readonly reason: 'conflict' | 'rejected' }

/** What the rules have to know of the world. */
export interface Known {
  readonly historyOf: (record: string) => History | undefined
  /** The latest of this client's creates of a record that was not applied. */
  readonly failedCreateOf: (record: string) => string | undefined
  /** What a move finds in the scope that it names. */
  readonly destinationOf: (operation: Judged) => Destination
}

export const recordName = ({
  collection,
  recordId,
}: {
  readonly collection: string
  readonly recordId: string
}): string => `${collection}/${recordId}`

/** The records that an operation names in fields that are declared as references. */
const referencesOf = ({ collection, type, payload }: Judged): readonly string[] => {
  const declared = Object.entries(rulesOf(collection).references ?? {})
  if (declared.length === 0 || !['create', 'update', 'put'].includes(type)) return []
  const values = parseData(payload)
  return declared.flatMap(([field, target]) => {
    const id = values[field]
    return typeof id === 'string' ? [`${target}/${id}`] : []
  })
}

const judgeAlone = (operation: Judged, historyOf: Known['historyOf'], { destinationOf }: Known): Ruling => {
  const history = historyOf(recordName(operation))
  const isThere = history !== undefined && !history.deleted
  const { halves } = rulesOf(operation.collection)
  const destination = operation.type === 'move' ? destinationOf(operation) : undefined
  if (destination?.isDenied === true) return forbidden
  const refused = withoutLease(operation, isThere, historyOf)
  if (refused !== undefined) return refused
  if (destination !== undefined) {
    const ruling = judgeMove(history, operation, destination)
    return 'history' in ruling ? (withoutLease(operation, false, destination.historyOf) ?? ruling) : ruling
  }
  const half = halves?.[operation.type]
  return half === undefined ? judge(history, operation) : judgeHalf(half, history, operation, historyOf)
}

/** What becomes of who has no lease in a scope; undefined: she has it, or needs none. */
const withoutLease = (
  operation: Judged,
  isThere: boolean,
  historyOf: Known['historyOf'],
): Ruling | undefined => {
  const { leases } = rulesOf(operation.collection)
  if (leases === undefined) return undefined
  const lease = leaseIn(leaseOf(leases, operation.recordId, historyOf))
  const refused = refusedByLease(lease, operation, isThere)
  return refused && { kind: 'rejected', code: 'LEASE_LOST', ...refused }
}

/** What is to be made again waits like a question. */
const endsBy = ({ kind }: Ruling, reason: 'rejected' | 'conflict' | undefined): boolean =>
  kind === reason || (kind === 'rebase' && reason === 'conflict')

/** All or none, by the rules alone: each on top of those before it, and one that fails fails all. */
export const judgeUnit = (operations: readonly Judged[], known: Known): readonly UnitRuling[] => {
  const draft = new Map<string, History>()
  const absent = new Set<string>()
  const alone = operations.map((operation): Ruling & { readonly cause?: string } => {
    const record = recordName(operation)
    const cause = referencesOf(operation)
      .filter((name) => known.historyOf(name) === undefined && !draft.has(name))
      .map(known.failedCreateOf)
      .find((failed) => failed !== undefined)
    if (cause !== undefined) return { kind: 'rejected', code: 'DEPENDENCY', cause }
    // Later ones of the unit may make it.
    if (known.historyOf(record) === undefined && !draft.has(record)) absent.add(operation.id)
    const historyOf = (name: string): History | undefined => draft.get(name) ?? known.historyOf(name)
    const ruling = judgeAlone(operation, historyOf, known)
    if ('history' in ruling) {
      for (const further of ruling.further ?? []) draft.set(further.record, further.history)
      draft.set(record, ruling.history)
    }
    return ruling
  })
  const reason = (['rejected', 'conflict'] as const).find((kind) =>
    alone.some((ruling) => endsBy(ruling, kind)),
  )
  const first = operations[alone.findIndex((ruling) => endsBy(ruling, reason))]
  const failed = new Map<string, string>()
  return alone.map((ruling, index): UnitRuling => {
    const operation = operations[index]
    if (operation === undefined) throw new Error('There is a ruling for each operation.')
    const record = recordName(operation)
    const becomes = ((): UnitRuling => {
      if (reason === undefined || first === undefined) return ruling as UnitRuling
      if (!endsBy(ruling, reason)) return { kind: 'aborted', cause: first.id, reason }
      if (ruling.kind !== 'rejected') return ruling
      const own = failed.get(record) ?? known.failedCreateOf(record)
      const isOrphan = ruling.code === 'DEPENDENCY' && absent.has(operation.id)
      return { ...ruling, cause: ruling.cause ?? (isOrphan ? own : undefined) }
    })()
    if (operation.type === 'create' && !('history' in becomes)) failed.set(record, operation.id)
    return becomes
  })
}
