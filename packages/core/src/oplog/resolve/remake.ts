import { applyChange } from '../../model/change.ts'
import type { Operation } from '../../model/operation.ts'
import { checkScopeStays } from '../../model/record-scope.ts'
import { replay } from '../../model/replay.ts'
import { namedOperation } from '../../model/validate.ts'
import { collectionOf, type AnyCollection, type Schema } from '../../model/schema.ts'
import type { TransactionPart } from '../../protocol/push.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { append, type EnqueueContext, type OperationDraft } from '../enqueue.ts'
import { madeNow, type Made } from '../expiry/life-of.ts'
import { logHead } from '../log.ts'
import { toReplayed } from '../rebase.ts'
import { recordIn } from '../records.ts'
import { checkCarried, toChange, type Choice } from './answer.ts'
import type { WaitingRecord } from './closure.ts'
import { partsOf } from './kept-as-named.ts'
import { withoutNewer } from './on-record.ts'

/** An answered record: what was chosen, and the server's version that was shown. */
export interface Answered {
  readonly choice: Choice
  readonly version: number
}

/** A new operation, and which ones it takes the place of. None of its own: they end without effect. */
export interface Remade {
  readonly draft: OperationDraft | undefined
  readonly supersedes: readonly Operation[]
  /** Of a person's answer: what its collection says. */
  readonly answerIn?: AnyCollection | undefined
  /** They can't be made again: nothing of them fits the record any more. */
  readonly refused?: readonly Operation[] | undefined
}

/**
 * What takes the place of the operations that wait on a record: one that carries the answer and all undisputed
 * changes, and named operations as they are. Where the record itself was not disputed, the same operations again.
 * @throws SyncError INVALID (the patch does not fit), TOO_LARGE
 */
export const remake = (
  workspace: Workspace,
  schema: Schema,
  record: WaitingRecord,
  answered: Answered | undefined,
  operationId: string,
): readonly Remade[] => {
  const { address, conflict, waiting } = record
  const { base } = recordIn(workspace, address)
  const definition = collectionOf(schema, address.collection)
  // What was named stays what it is: it may have a half on the server, and be all that is allowed there.
  const staysAsItIs =
    isUntouched(record) || waiting.every(({ type }) => namedOperation(definition, type) !== undefined)
  if (answered === undefined && conflict.rebases === undefined && staysAsItIs) {
    return waiting.map((operation) => ({ draft: toCopy(operation, base), supersedes: [operation] }))
  }
  if (answered === undefined && conflict.rebases !== undefined) {
    const { rebases } = conflict
    // Nothing has happened since it was made again, or nothing that this device will ever hear of (what a snapshot leaves
    // out is gone): it would go round for ever.
    const last = Math.min(rebases, base?.version ?? 0)
    const isHopeless = waiting.some(({ remadeOn }) => remadeOn !== undefined && remadeOn >= last)
    if (isHopeless || base?.moved === true) return [{ draft: undefined, supersedes: [], refused: waiting }]
    // The server knows what becomes of an edit on a deleted record: a person is asked, or it is told as lost.
    if (base?.deleted === true && definition.deletes !== 'editWins' && waiting.every(isEdit))
      return waiting.map((operation) => ({ draft: toCopy(operation, base), supersedes: [operation] }))
  }
  const choice = answered?.choice ?? 'mine'
  const isLive = base !== undefined && !base.deleted
  const { before, merged, after } = partsOf(definition, record, { choice, isLive })
  // Who answered has seen the server's side of the whole record.
  const seenBy = ({ baseVersion }: Operation): number =>
    Math.min(answered?.version ?? baseVersion, base?.version ?? 0)
  const again = (operation: Operation): Remade => ({
    draft: { ...toCopy(operation, base), baseVersion: seenBy(operation) },
    supersedes: [operation],
  })
  const answer =
    merged.length === 0 ? [] : [merge({ workspace, definition, answered, operationId }, record, merged)]
  return [...before.map(again), ...answer, ...after.map(again)]
}

interface Merging {
  readonly workspace: Workspace
  readonly definition: AnyCollection
  readonly answered: Answered | undefined
  readonly operationId: string
}

/** One operation in place of several. @throws SyncError INVALID, TOO_LARGE */
const merge = (
  { workspace, definition, answered, operationId }: Merging,
  { address, conflict, onRecord }: WaitingRecord,
  merged: readonly Operation[],
): Remade => {
  const { base } = recordIn(workspace, address)
  const mine = replay(
    definition,
    base,
    merged.map((operation) => withoutNewer(toReplayed(workspace, operation), operation, onRecord)),
  )
  const choice = answered?.choice ?? 'mine'
  const answering = { fieldTypes: definition.fieldTypes, operationId }
  const change = toChange({ base, mine }, conflict.fields, choice, answering)
  if (change === undefined) {
    const refused =
      conflict.rebases === undefined ? [] : merged.filter((one) => !isReplayable(definition, base, one))
    return { draft: undefined, supersedes: merged.filter((one) => !refused.includes(one)), refused }
  }
  // Together with the server's record the patch must make a record that the schema takes.
  if (typeof choice === 'object') {
    const made = { ...change, id: operationId, recordId: address.recordId, timestamp: 0 }
    const after = applyChange(definition, base?.data, made, { version: (base?.version ?? 0) + 1 })
    if (base !== undefined && after !== undefined) checkScopeStays(definition, base.data, after)
  }
  checkCarried(change)
  const seen = answered?.version ?? Math.min(...merged.map(({ baseVersion }) => baseVersion))
  const baseVersion = Math.min(seen, base?.version ?? 0)
  const remadeOn = conflict.rebases === undefined ? undefined : (base?.version ?? 0)
  const { marks, life } = merged.at(-1) ?? {}
  const draft = { ...address, ...change, baseVersion, base, operationId, remadeOn, marks }
  if (answered === undefined)
    return { draft: { ...draft, life, timestamp: writtenAt(merged) }, supersedes: merged }
  return { draft, supersedes: merged, answerIn: definition }
}

const isEdit = ({ type }: Operation): boolean => type !== 'create' && type !== 'delete'

/** False where a device can show nothing of it on the newer record. */
const isReplayable = (
  definition: AnyCollection,
  base: OperationDraft['base'],
  operation: Operation,
): boolean => {
  try {
    applyChange(definition, base?.data, operation, { version: (base?.version ?? 0) + 1, replaying: true })
    return true
  } catch {
    return false
  }
}

/** True where nothing that was made later changed what the waiting operations change. */
const isUntouched = ({ conflict, waiting, onRecord }: WaitingRecord): boolean => {
  const oldest = waiting[0]?.localSeq ?? 0
  const isLast = onRecord.every(({ status, localSeq }) => status === 'CONFLICT' || localSeq < oldest)
  return isLast && Object.keys(conflict.overwritten).length === 0
}

/** What its author saw stays what it was: newer changes of others are still to be noticed. */
const toCopy = (operation: Operation, base: OperationDraft['base']): OperationDraft => {
  const { scope, collection, recordId, type, payload, fields, baseVersion, marks, life } = operation
  const timestamp = writtenAt([operation])
  return { scope, collection, recordId, type, payload, fields, baseVersion, marks, life, base, timestamp }
}

/** What somebody else wrote since is later than what is made again; undefined: by a clock that nobody has corrected. */
const writtenAt = (operations: readonly Operation[]): number | undefined =>
  operations.some(({ uncorrected }) => uncorrected)
    ? undefined
    : Math.max(...operations.map(({ timestamp }) => timestamp))

/** Puts the drafts into the log, all or none where they belong together. */
export const appendRemade = (
  workspace: Workspace,
  remade: readonly Remade[],
  transaction: TransactionPart | undefined,
  context: EnqueueContext,
): ReadonlyMap<Remade, Operation> => {
  const made = new Map<Remade, Operation>()
  for (const one of remade) {
    const { draft, answerIn } = one
    if (draft === undefined) continue
    const counted = answerIn === undefined ? undefined : madeAsAnswer(workspace, draft, answerIn, context)
    made.set(one, append(workspace, { ...draft, made: counted, transaction }, context))
  }
  return made
}

/** A person's answer counts from now on: the server is told how old it is, and the device keeps it however old. */
const madeAsAnswer = (
  workspace: Workspace,
  draft: OperationDraft,
  definition: AnyCollection,
  { session }: EnqueueContext,
): Made | undefined => {
  const made = madeNow(logHead(workspace, draft.scope), session, { ...draft, definition })
  return made && { ...made, life: { ...made.life, isAnswer: true } }
}
