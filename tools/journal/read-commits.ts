import type { ServerRow } from '@holdfast/core/protocol'
import type { OperationRow } from '@holdfast/server'
import type { Attempt, Part } from './attempt.ts'
import { createFindings, type Finding } from './finding.ts'
import { readEffects } from './read-effects.ts'
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

  const readChanges = (name: string, scope: Scope, changes: Changes, prunedTo: number): void => {
    const { operations, resends, client, head } = changes
    for (const row of operations) readOperation(name, scope, row)
    for (const { clientSeq, operationId } of resends) {
      const holder = scope.slots.take(client?.clientId ?? '', clientSeq, operationId)
      must(
        holder === undefined && scope.operations.has(operationId),
        'exactly once',
        () => `${operationId} came again as number ${clientSeq}, which was ${holder ?? 'never decided'}`,
      )
    }
    readEffects(findings, { name, prunedTo, ...scope }, changes)
    for (const row of changes.rows) scope.rows.set(`${row.collection}/${row.id}`, row)
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
    for (const changes of saved) readChanges(name, scope, changes, before.prunedTo)
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
