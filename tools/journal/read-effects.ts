import { serverAuthor, type ServerRow } from '@holdfast/core/protocol'
import type { OperationRow } from '@holdfast/server'
import type { Part } from './attempt.ts'
import type { Findings } from './finding.ts'

type Changes = Part['saved'][number]

/** A scope as it was before a commit. */
export interface Before {
  readonly name: string
  readonly head: number
  readonly prunedTo: number
  readonly rows: ReadonlyMap<string, ServerRow>
  /** The clientSeq of the last applied operation, by client and record. Goes on with the commit. */
  readonly lastApplied: Map<string, number>
}

const keyOf = ({ collection, recordId }: Pick<OperationRow, 'collection' | 'recordId'>): string =>
  `${collection}/${recordId}`

const versionIn = ({ verdict }: OperationRow): number | undefined =>
  verdict.kind === 'applied' || verdict.kind === 'merged' ? verdict.version : undefined

/**
 * What a commit did to records: each effect brings one record one version on, and takes one place of the feed. An
 * operation has one of its own; what the server's own code made of further records no operation tells, but their rows
 * do, and all of it has to add up.
 */
export const readEffects = (findings: Findings, before: Before, changes: Changes): void => {
  const { must } = findings
  const { head, name, rows: known } = before
  const { rows, operations, client } = changes
  const raised = (changes.head?.head ?? head) - head
  // Rows without a client come from somewhere else: another scope, or the server itself.
  if (client === undefined) {
    must(raised === rows.length, 'dense', () => `${rows.length} rows raised the head of ${name} by ${raised}`)
    return
  }
  const applied = operations.filter((row) => versionIn(row) !== undefined)
  const further = raised - applied.length
  must(further >= 0, 'dense', () => `${applied.length} operations raised the head of ${name} by ${raised}`)
  checkOrder(findings, before, applied)

  /** A record may begin above all that was forgotten. */
  const versionBefore = (key: string): number => {
    const row = known.get(key)
    if (row === undefined) return before.prunedTo
    return row.deleted && row.seq <= before.prunedTo ? Math.max(row.version, before.prunedTo) : row.version
  }
  const saved = new Map(rows.map((row) => [`${row.collection}/${row.id}`, row]))
  const own = new Map<string, OperationRow[]>()
  for (const row of applied) own.set(keyOf(row), [...(own.get(keyOf(row)) ?? []), row])
  for (const [key, ofRecord] of own) {
    const row = saved.get(key)
    must(row !== undefined, 'exactly once', () => `${key} changed, and no row was saved`)
    let version = versionBefore(key)
    for (const operation of ofRecord) {
      const { operationId, type } = operation
      const next = versionIn(operation) ?? version
      // A record that moves may come to where it was before, and be newer there; further changes may come between.
      const follows = type === 'move' || further > 0 ? next > version : next === version + 1
      must(follows, 'exactly once', () => `${operationId} brought ${key} from version ${version} to ${next}`)
      version = next
    }
    const isLast = further > 0 ? (row?.version ?? 0) >= version : row?.version === version
    must(isLast, 'exactly once', () => `${key} was saved as version ${row?.version}, must be ${version}`)
  }

  const places = rows.map(({ seq }) => seq)
  must(
    new Set(places).size === places.length && places.every((seq) => seq > head && seq <= head + raised),
    'dense',
    () => `rows took the places ${places.join()} of the feed of ${name}, from ${head} to ${head + raised}`,
  )
  if (further === 0) checkPlaces(findings, { saved, applied, head })
  else checkFurther(findings, { saved, own, further, versionBefore, name })
}

/** Operations of one client on one record are applied in the order made. */
const checkOrder = ({ must }: Findings, { lastApplied }: Before, applied: readonly OperationRow[]): void => {
  for (const row of applied) {
    const { operationId, clientId, clientSeq } = row
    const author = `${clientId} ${keyOf(row)}`
    const last = lastApplied.get(author) ?? 0
    must(
      last < clientSeq,
      'ordered',
      () =>
        `${operationId}, number ${clientSeq} of ${clientId}, was applied to ${keyOf(row)} after number ${last}`,
    )
    lastApplied.set(author, clientSeq)
  }
}

interface Plain {
  readonly saved: ReadonlyMap<string, ServerRow>
  readonly applied: readonly OperationRow[]
  readonly head: number
}

/** Where operations are all that happened, each row has the place of the last one of its record. */
const checkPlaces = ({ must }: Findings, { saved, applied, head }: Plain): void => {
  const places = new Map(applied.map((row, index) => [keyOf(row), head + index + 1]))
  for (const [key, { seq }] of saved) {
    const place = places.get(key)
    must(seq === place, 'exactly once', () => `${key} was saved at ${seq} of the feed, must be at ${place}`)
  }
}

interface WithFurther {
  readonly saved: ReadonlyMap<string, ServerRow>
  readonly own: ReadonlyMap<string, readonly OperationRow[]>
  readonly further: number
  readonly versionBefore: (key: string) => number
  readonly name: string
}

/** What no operation tells of, the server's own code made. */
const checkFurther = (
  { must }: Findings,
  { saved, own, further, versionBefore, name }: WithFurther,
): void => {
  let untold = 0
  for (const [key, row] of saved) {
    const ofRecord = own.get(key) ?? []
    // A move brings a record on by as much as it was ahead elsewhere.
    if (ofRecord.some(({ type }) => type === 'move')) continue
    const more = row.version - versionBefore(key) - ofRecord.length
    untold += more
    must(more >= 0, 'exactly once', () => `${key} was brought on by less than its operations tell`)
    const isOfServer = Object.values(row.fieldVersions).some(
      ({ clientId, version }) => clientId === serverAuthor && version === row.version,
    )
    must(
      ofRecord.length > 0 || isOfServer,
      'exactly once',
      () => `${key} changed, and neither an operation nor the server's own code did it`,
    )
  }
  must(
    untold === further,
    'exactly once',
    () => `further records of ${name} changed ${untold} times, and took ${further} places of the feed`,
  )
}
