import { SyncError, isSyncError } from '../base/errors.ts'
import { toSyncError } from '../base/to-sync-error.ts'
import type { Operation } from '../model/operation.ts'
import { readOwned } from '../oplog/recovery/owner.ts'
import { remakeRebased } from '../oplog/resolve/remake-rebased.ts'
import { covers, swap, type NewHead, type UnknownOperation } from '../oplog/swap.ts'
import type { Change } from '../protocol/pull.ts'
import { maxResumeIds } from '../protocol/resume.ts'
import type { Verdict } from '../protocol/verdict.ts'
import { protocolVersion } from '../protocol/version.ts'
import { bringUpChanges } from './bring-up-changes.ts'
import type { CycleContext } from './cycle-context.ts'
import { patiently } from './patiently.ts'
import { onRefused } from './recovery/on-refused.ts'
import { summarize } from './summaries.ts'

/** What plugins make of the server's changes before they are stored. @throws SyncError PLUGIN_FAILED, UPGRADE_REQUIRED */
export const prepareChanges = async (
  context: CycleContext,
  changes: readonly Change[],
): Promise<readonly Change[]> =>
  context.hooks.waterfall('beforeApplyRemote', await bringUpChanges(context, changes))

/** What hooks make of a record they make of it when it is pulled: until then the server's side of a question is untold. */
const withoutSides = (verdicts: ReadonlyMap<string, Verdict>): ReadonlyMap<string, Verdict> =>
  new Map(
    [...verdicts].map(([id, verdict]) => [
      id,
      verdict.kind === 'conflict' ? { ...verdict, serverData: null } : verdict,
    ]),
  )

/** From so many milliseconds on a clock that differs from the server's is worth telling. */
const wrongClock = 60_000

interface SwapInput {
  readonly verdicts: Map<string, Verdict>
  readonly undecided: ReadonlySet<string>
  readonly newHead: NewHead | undefined
  readonly serverTime: number
  readonly resumeToken?: string | undefined
  /** The client id that the request carried. */
  readonly clientId: string
}

/** Swaps, after asking for verdicts that the head includes and nobody has told yet. False: the page was stale. */
export const swapIn = async (
  context: CycleContext,
  input: SwapInput,
  signal: AbortSignal,
): Promise<boolean> => {
  const { store, schema, scope, environment, hooks } = context
  const now = environment.clock.now()
  const given = input.newHead
  // Staged changes went through the hooks page by page.
  const isBare = given === undefined || given.generation !== undefined
  const newHead = isBare ? given : { ...given, changes: await prepareChanges(context, given.changes) }
  const verdicts = new Map(input.verdicts)
  for (;;) {
    const result = await swap(store, schema, scope, {
      verdicts: hooks.has('beforeApplyRemote') ? withoutSides(verdicts) : verdicts,
      undecided: input.undecided,
      newHead,
      resumeToken: input.resumeToken,
      now,
      clockOffset: input.serverTime - now,
    })
    if (result.kind === 'forked') return onCopied(context, input.clientId)
    if (result.kind === 'unknown') {
      const told = await askVerdicts(context, result.operations, signal)
      for (const [id, verdict] of told) verdicts.set(id, verdict)
      context.tell(() => ({ type: 'decided', scope, verdicts: summarize(told) }))
      continue
    }
    context.session?.hear(scope, input.serverTime)
    if (result.openedConflicts.length > 0) context.onConflicts(result.openedConflicts)
    if ([...verdicts.values()].some(({ kind }) => kind === 'rebase')) await makeAgain(context)
    if (result.kind === 'stale') return false
    const offset = result.clockOffset
    if (offset !== undefined && Math.abs(offset) >= wrongClock)
      context.tell(() => ({ type: 'clockCorrected', scope, offset }))
    if (newHead === undefined) return false
    const { head, changes } = newHead
    context.tell(() => ({ type: 'swapped', scope, head, changes: changes.length + result.flipped }))
    if (changes.length > 0) {
      for (const failure of await hooks.observe('afterApplyRemote', changes)) context.onProblem(failure)
    }
    return true
  }
}

/** Before anything is folded, or sent under a number that is taken. @throws RecoveryNeeded */
const onCopied = async (context: CycleContext, clientId: string): Promise<never> => {
  const { meta } = await readOwned(context.store, context.scope)
  const message = 'A copy of this device has sent operations under numbers that this one has not given yet.'
  const error = new SyncError('CLIENT_FORKED', message, { clientId })
  return onRefused(context, { identity: { ...meta, clientId } }, error)
}

/** What the server answered with `rebase` goes back into the queue. A failure ends nothing: the next head is another chance. */
export const makeAgain = async (context: CycleContext, shown?: 'at head'): Promise<void> => {
  const { store, schema, environment, scope } = context
  const isAtHead = shown === 'at head'
  const remaking = { store, schema, environment, schemaVersion: schema.version, isAtHead }
  const made = await remakeRebased(remaking, scope).catch((error: unknown): readonly Operation[] => {
    context.onProblem(toSyncError(error))
    return []
  })
  if (made.length > 0)
    context.tell(() => ({ type: 'madeAgain', scope, operations: made.map(({ id }) => id) }))
}

/** Verdicts of operations that are decided: by the token of the last push, and by their ids where that tells nothing of them. */
const askVerdicts = async (
  context: CycleContext,
  operations: readonly UnknownOperation[],
  signal: AbortSignal,
): Promise<readonly (readonly [string, Verdict])[]> => {
  // One is asked about by its number too: a copy of this device may have it.
  const missed = operations.length > 1 ? await askMissed(context, signal) : undefined
  const told = operations.flatMap(({ id }): readonly (readonly [string, Verdict])[] => {
    const verdict = missed?.get(id)
    return verdict === undefined ? [] : [[id, verdict]]
  })
  return told.length > 0 ? told : await askNamed(context, operations.slice(0, maxResumeIds), signal)
}

/** Of what the server decided since the last answer to a push that was stored, as many verdicts as it tells at once. */
const askMissed = async (
  context: CycleContext,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Verdict>> => {
  const { store, scope, transport } = context
  const { owner: clientId, head } = await readOwned(store, scope)
  const { resumeToken } = head
  if (resumeToken === undefined) return new Map()
  const input = { protocol: protocolVersion, clientId, scope, resumeToken }
  const answer = await patiently(context, signal, () => transport.resume(input, { signal })).catch(
    (error: unknown) => {
      // A token of before a recovery, or of a server with other secrets.
      if (isSyncError(error) && error.disposition === 'retry') throw error
      return undefined
    },
  )
  signal.throwIfAborted()
  const missed = new Map<string, Verdict>()
  for (const { id, verdict } of answer?.verdicts ?? []) if (verdict !== null) missed.set(id, verdict)
  return missed
}

const askNamed = async (
  context: CycleContext,
  asked: readonly UnknownOperation[],
  signal: AbortSignal,
): Promise<readonly (readonly [string, Verdict])[]> => {
  const ids = asked.map(({ id }) => id)
  const clientSeqs = asked.map(({ clientSeq }) => clientSeq)
  const { store, scope, transport } = context
  const { owner: clientId, meta } = await readOwned(store, scope)
  const input = { protocol: protocolVersion, clientId, scope, ids, clientSeqs }
  const answer = await patiently(context, signal, () => transport.resume(input, { signal })).catch(
    (error: unknown) => onRefused(context, { identity: { ...meta, clientId } }, error),
  )
  signal.throwIfAborted()
  const told = new Map(answer.verdicts.map(({ id, verdict }) => [id, verdict]))
  return asked.map(({ id, clientSeq }) => {
    const verdict = told.get(id)
    if (verdict !== undefined && verdict !== null) return [id, verdict]
    if (covers(answer.decided, clientSeq)) return [id, outcomeUnknown]
    throw new SyncError(
      'SERVER_FAILED',
      'The server knows less than a moment ago; it will be asked again.',
      {},
    )
  })
}

/** The server decided it, and does not know any more how: it is never applied again by guess. */
const outcomeUnknown: Verdict = {
  kind: 'rejected',
  code: 'OUTCOME_UNKNOWN',
  message:
    'The server decided this operation but no longer knows how. Look at the record before you write it again.',
}
