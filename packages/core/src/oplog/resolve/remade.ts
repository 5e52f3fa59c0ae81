import type { Operation } from '../../model/operation.ts'
import type { AnyCollection } from '../../model/schema.ts'
import type { TransactionPart } from '../../protocol/push.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { append, type EnqueueContext, type OperationDraft } from '../enqueue.ts'
import { madeNow, type Made } from '../expiry/life-of.ts'
import { logHead } from '../log.ts'
import type { Shown } from '../server-side.ts'
import type { Choice } from './answer.ts'

/** An answered record: what was chosen, and the server's side that was shown. */
export interface Answered extends Shown {
  readonly choice: Choice
}

/** A new operation, and which ones it takes the place of. None of its own: they end without effect. */
export interface Remade {
  readonly draft: OperationDraft | undefined
  readonly supersedes: readonly Operation[]
  /** Of a person's answer: what its collection says. */
  readonly answerIn?: AnyCollection | undefined
  /** The same of what goes out beside it. */
  readonly besideIn?: AnyCollection | undefined
  /** They can't be made again: nothing of them fits the record any more. */
  readonly refused?: readonly Operation[] | undefined
}

/** Puts the drafts into the log, all or none where they belong together. */
export const appendRemade = (
  workspace: Workspace,
  remade: readonly Remade[],
  transaction: TransactionPart | undefined,
  context: EnqueueContext,
): ReadonlyMap<Remade, Operation> => {
  const made = new Map<Remade, Operation>()
  for (const one of remade) {
    const { draft, answerIn, besideIn = answerIn } = one
    if (draft === undefined) continue
    const counted = besideIn === undefined ? undefined : madeAsAnswer(workspace, draft, besideIn, context)
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
