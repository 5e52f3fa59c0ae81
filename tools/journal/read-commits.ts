import { isDeepStrictEqual } from 'node:util'
import type { ServerRow } from '@holdfast/core/protocol'
import type { OperationRow } from '@holdfast/server'
import type { Attempt, Part } from './attempt.ts'
import { createFindings, type Finding } from './finding.ts'
import { createSlots, type Slots } from './slots.ts'

type Changes = Part['saved'][number]

/** What a scope must hold after its commits. */
export interface ScopeThen {
  readonly head: number
  readonly nonce: string
  /** By collection and id. */
  readonly rows: ReadonlyMap<string, ServerRow>
  readonly operations: ReadonlyMap<string, OperationRow>
  readonly slots: Slots
}

export interface Read {
  readonly findings: readonly Finding[]
  readonly scopes: ReadonlyMap<string, ScopeThen>
}

interface Scope extends ScopeThen {
  head: number
  nonce: string
  readonly rows: Map<string, ServerRow>
  readonly operations: Map<string, OperationRow>
  /** The clientSeq of the last applied operation, by client and record. */
  readonly lastApplied: Map<string, number>
}

const createScope = (): Scope => ({
  head: 0,
  nonce: '',
  rows: new Map(),
  operations: new Map(),
  slots: createSlots(),
  lastApplied: new Map(),
})

/**
 * Goes through all commits of a run, in their order, and tells what they break: each operation is decided once and
 * under one number, each client's operations of a record are applied in the order made, the feed and the versions
 * have no gaps. Knows no schema, so it fits any app. The journal must begin with an empty database.
 */
export const readCommits = (attempts: readonly Attempt[]): Read => {
  const findings = createFindings()
  const { must } = findings
  const scopes = new Map<string, Scope>()
  /** The scope that decided an operation. */
  const decidedIn = new Map<string, string>()

  const readOperation = (scope: string, { operations, slots }: Scope, row: OperationRow): void => {
    const { operationId, clientId, clientSeq } = row
    const before = decidedIn.get(operationId)
    must(
      before === undefined,
      'exactly once',
      () => `${operationId} was decided in ${before}, and then in ${scope}`,
    )
    decidedIn.set(operationId, scope)
    const holder = slots.take(clientId, clientSeq, operationId)
    must(
      holder === undefined,
      'exactly once',
      () => `number ${clientSeq} of ${clientId} is ${operationId}, and was ${holder}`,
    )
    operations.set(operationId, row)
  }

  /** Gives back the feed position of its effect, and the version that the record came to. */
  const readEffect = (scope: Scope, row: OperationRow, versions: Map<string, number>): void => {
    const { operationId, clientId, clientSeq, type, verdict } = row
    if (verdict.kind !== 'applied' && verdict.kind !== 'merged') return
    const key = `${row.collection}/${row.recordId}`
    const author = `${clientId} ${key}`
    const last = scope.lastApplied.get(author) ?? 0
    must(
      last < clientSeq,
      'ordered',
      () => `${operationId}, number ${clientSeq} of ${clientId}, was applied to ${key} after number ${last}`,
    )
    scope.lastApplied.set(author, clientSeq)
    const version = versions.get(key) ?? scope.rows.get(key)?.version ?? 0
    // A record that moves may come to where it was before, and be newer there.
    const follows = type === 'move' ? verdict.version > version : verdict.version === version + 1
    must(
      follows,
      'exactly once',
      () => `${operationId} brought ${key} from version ${version} to ${verdict.version}`,
    )
    versions.set(key, verdict.version)
  }

  const readRows = (
    scope: Scope,
    { rows, operations, client }: Changes,
    versions: ReadonlyMap<string, number>,
  ): number => {
    const applied = operations.filter(
      ({ verdict }) => verdict.kind === 'applied' || verdict.kind === 'merged',
    )
    const positions = new Map(
      applied.map((row, index) => [`${row.collection}/${row.recordId}`, scope.head + index + 1]),
    )
    for (const row of rows) {
      const key = `${row.collection}/${row.id}`
      // Rows without a client come from somewhere else: another scope, or the server itself.
      const wanted =
        client === undefined ? undefined : { seq: positions.get(key), version: versions.get(key) }
      const { seq, version } = row
      must(
        wanted === undefined || isDeepStrictEqual(wanted, { seq, version }),
        'exactly once',
        () => `${key} was saved as ${JSON.stringify({ seq, version })}, must be ${JSON.stringify(wanted)}`,
      )
      scope.rows.set(key, row)
    }
    if (client === undefined) return rows.length
    must(
      rows.length === positions.size,
      'exactly once',
      () => `${positions.size} records changed, and ${rows.length} rows were saved`,
    )
    return applied.length
  }

  const readChanges = (name: string, scope: Scope, changes: Changes): void => {
    const { operations, resends, client, head } = changes
    const versions = new Map<string, number>()
    for (const row of operations) {
      readOperation(name, scope, row)
      readEffect(scope, row, versions)
    }
    for (const { clientSeq, operationId } of resends) {
      const holder = scope.slots.take(client?.clientId ?? '', clientSeq, operationId)
      must(
        holder === undefined && scope.operations.has(operationId),
        'exactly once',
        () => `${operationId} came again as number ${clientSeq}, which was ${holder ?? 'never decided'}`,
      )
    }
    const effects = readRows(scope, changes, versions)
    const raised = (head?.head ?? scope.head) - scope.head
    must(raised === effects, 'dense', () => `${effects} effects raised the head of ${name} by ${raised}`)
    scope.head = head?.head ?? scope.head
    scope.nonce = head?.nonce ?? scope.nonce
    if (client === undefined) return
    const { clientId, watermark } = client
    const missing = scope.slots.missingUpTo(clientId, watermark)
    must(
      missing === undefined,
      'exactly once',
      () => `number ${missing} of ${clientId} is not decided, and the watermark is ${watermark}`,
    )
  }

  for (const { scope: name, before, saved } of inOrder(attempts)) {
    const scope = scopes.get(name) ?? createScope()
    scopes.set(name, scope)
    const follows = scope.head === before.head && scope.nonce === before.nonce
    must(follows, 'dense', () => `a commit in ${name} rests on head ${before.head}, not on ${scope.head}`)
    for (const changes of saved) readChanges(name, scope, changes)
  }
  return { findings: findings.all(), scopes }
}

const raises = ({ saved }: Part): number => (saved.some(({ head }) => head !== undefined) ? 1 : 0)

const watermarkOf = ({ saved }: Part): number =>
  saved.reduce((most, { client }) => Math.max(most, client?.watermark ?? 0), 0)

/** Of one scope: by the head that they rest on. Those that leave it where it is come before the one that raises it. */
const inOrder = (attempts: readonly Attempt[]): readonly Part[] =>
  attempts
    .flatMap(({ parts }) => parts)
    .toSorted(
      (left, right) =>
        left.before.head - right.before.head ||
        raises(left) - raises(right) ||
        watermarkOf(left) - watermarkOf(right),
    )
