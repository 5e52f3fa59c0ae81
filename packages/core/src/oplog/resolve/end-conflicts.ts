import type { SyncError } from '../../base/errors.ts'
import { checkSize } from '../../base/size.ts'
import type { Fate, Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import { maxBatch, type TransactionPart } from '../../protocol/push.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { putTransaction } from '../enqueue-transaction.ts'
import type { EnqueueContext } from '../enqueue.ts'
import { conflictKey, recordKey, transactionKey } from '../keys.ts'
import { logHead, putDone, putLogHead } from '../log.ts'
import { rebase } from '../rebase.ts'
import type { Closure } from './closure.ts'
import { appendRemade, type Answered, type Remade } from './remade.ts'
import { remake } from './remake.ts'

export interface EndContext extends EnqueueContext {
  readonly schema: Schema
  /** Where nothing takes the place of what waits: why all of it is over. */
  readonly refusal?: SyncError | undefined
}

/**
 * What takes the place of all that waits in a closure, by the answers where there are some.
 * @throws SyncError INVALID, TOO_LARGE
 */
export const remakeAll = (
  workspace: Workspace,
  { schema, environment }: Pick<EndContext, 'schema' | 'environment'>,
  { records }: Closure,
  answers: ReadonlyMap<string, Answered> = new Map(),
): readonly Remade[] =>
  records.flatMap((record) =>
    remake(workspace, schema, record, answers.get(recordKey(record.address)), environment.newId()),
  )

const refuseAll = ({ records }: Closure): readonly Remade[] =>
  records.map(({ waiting }) => ({ draft: undefined, supersedes: [], refused: waiting }))

/**
 * Ends all that waits in a closure: what was remade of it supersedes it.
 * @returns what was made, in the order made
 * @throws SyncError TOO_LARGE
 */
export const endConflicts = async (
  workspace: Workspace,
  { schema, refusal, ...context }: EndContext,
  closure: Closure,
  remade: readonly Remade[] = refuseAll(closure),
): Promise<readonly Operation[]> => {
  const [first] = closure.records
  if (first === undefined) return []
  const { scope } = first.address
  const refused = remade.flatMap(({ refused: ended = [] }) => ended)
  // All or none: what belongs together with what can't be made again is not made either.
  const isWhole = refused.length === 0 || closure.transactions.length === 0
  const made = appendAll(workspace, closure, isWhole ? remade : [], context)
  const waiting = closure.records.flatMap((record) => record.waiting)
  const dead = isWhole ? refused : waiting
  for (const operation of dead) {
    const fate = refused.includes(operation) ? fateOfRefused(refusal) : abortedBecauseOf(refused[0])
    putDone(workspace, { ...operation, status: 'REJECTED', fate })
  }
  for (const record of closure.records) workspace.remove(conflictKey(record.address))
  // Dead letters of one transaction stay together.
  if (isWhole) for (const id of closure.transactions) workspace.remove(transactionKey(scope, id))
  const questions = closure.records.filter(({ conflict }) => conflict.fields.length > 0).length
  const head = logHead(workspace, scope)
  const deadLetters = head.deadLetters + dead.length
  putLogHead(workspace, scope, { ...head, conflicts: head.conflicts - questions, deadLetters })
  await rebase(workspace, schema, {
    scope,
    changes: [],
    touched: closure.records.map((record) => record.address),
    appended: [...made.values()],
  })
  return [...made.values()]
}

/** Nothing that could be shown is left of it: it is kept for its author to look at. */
const nowhere: Fate = {
  kind: 'rejected',
  code: 'MISSING_DEPENDENCY',
  message:
    'What this changes is no longer there. Look at the record, and make the change again where it is needed.',
}

const fateOfRefused = (refusal: SyncError | undefined): Fate =>
  refusal === undefined ? nowhere : { kind: 'rejected', code: refusal.code, message: refusal.message }

const abortedBecauseOf = (cause: Operation | undefined): Fate => ({
  kind: 'aborted',
  cause: cause?.id ?? '',
  reason: 'rejected',
})

const appendAll = (
  workspace: Workspace,
  { transactions }: Closure,
  remade: readonly Remade[],
  context: EnqueueContext,
): ReadonlyMap<Remade, Operation> => {
  const size = remade.filter(({ draft }) => draft !== undefined).length
  const together: TransactionPart | undefined =
    transactions.length > 0 && size > 1 ? { id: context.environment.newId(), size } : undefined
  if (together !== undefined) {
    const whole = { what: 'transaction', limit: maxBatch, actual: size }
    checkSize(whole, `The answer would make a transaction of ${size} operations`)
  }
  const made = appendRemade(workspace, remade, together, context)
  if (together !== undefined)
    putTransaction(workspace, [...made.values()][0]?.scope ?? '', {
      id: together.id,
      members: [...made.values()],
    })
  for (const one of remade) {
    for (const operation of one.supersedes) {
      const fate = { kind: 'superseded', by: made.get(one)?.id } as const
      putDone(workspace, { ...operation, status: 'SUPERSEDED', fate })
    }
  }
  return made
}
