import type { SyncError } from '@holdfast/core'
import { decodeMove, moveType, type Decided, type Page, type Result } from '@holdfast/core/protocol'
import { applyBatch } from '../../apply/apply-batch.ts'
import type { Before, Outcome } from '../../apply/batch.ts'
import { refusingJudge } from '../../apply/refusing-judge.ts'
import type { Judge } from '../../apply/judge.ts'
import type { ReadOperation } from '../../apply/read-operation.ts'
import type { WriteTransaction } from '../../store/contract.ts'
import { HeldError } from '../../store/held-error.ts'
import { recordKey } from '../../store/record-key.ts'
import { openCursor, signCursor } from '../../tokens/cursor.ts'
import { assertInstance, assertReaches, assertScope, bindingOf, forbidden } from '../access.ts'
import type { Deps } from '../deps.ts'
import { readPage } from '../page.ts'
import { createGate } from './gate.ts'
import { mayEnter, newNonce, openMove, saveArrived } from './move.ts'
import { loadFacts } from './load-facts.ts'
import type { PushRequest } from './request.ts'

/** What one committed transaction of a push did, with the first page as it left the feed. */
export interface Committed {
  readonly results: ReadonlyMap<number, Result>
  readonly before: Before
  readonly decided: Decided
  readonly page: Page
}

/** A part of a request's batch, or all of it. */
export interface Part {
  readonly operations: readonly ReadOperation[]
  readonly before: Before
  /** What the database has against them, whatever is judged. */
  readonly refusal?: SyncError | undefined
}

/** One transaction (over two scopes for a move): lock, checks, bulk loads, `applyBatch`, bulk save, first page. */
export const commitBatch = async <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  request: PushRequest,
  { operations, before, refusal }: Part,
): Promise<Committed> => {
  const { store } = deps.options
  const { scope } = request
  const to = moveTargetOf(operations)
  const committing = { request, operations, before }
  if (refusal !== undefined) {
    const judge = refusingJudge(refusal)
    return store.write(scope, (tx) => commitIn(deps, ctx, { ...committing, tx, judge }))
  }
  if (to === undefined || to === scope) {
    return store.write(scope, (tx) => commitIn(deps, ctx, { ...committing, tx }))
  }
  if (await mayEnter(deps, ctx, to)) {
    return store.writeBoth([scope, to], (tx, target) =>
      commitIn(deps, ctx, { ...committing, tx, move: { to, tx: target } }),
    )
  }
  const judge = refusingJudge(forbidden())
  return store.write(scope, (tx) => commitIn(deps, ctx, { ...committing, tx, judge }))
}

/** The scope that a record goes to, where the batch is one move and nothing else. */
const moveTargetOf = (operations: readonly ReadOperation[]): string | undefined => {
  const [only, ...others] = operations
  if (only?.kind !== 'sent' || others.length > 0 || only.operation.type !== moveType) return undefined
  try {
    return decodeMove(only.operation.payload).to
  } catch {
    // Judging it says what is wrong with it.
    return undefined
  }
}

interface Committing<TDatabase> {
  readonly request: PushRequest
  readonly operations: readonly ReadOperation[]
  readonly before: Before
  readonly tx: WriteTransaction<TDatabase>
  readonly move?: { readonly to: string; readonly tx: WriteTransaction<TDatabase> }
  /** Of operations that are refused in any case. */
  readonly judge?: Judge
}

const commitIn = async <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  { request, operations, before, tx, move, judge }: Committing<TDatabase>,
): Promise<Committed> => {
  const { options, signer } = deps
  const { scope, user, clientId, instance } = request
  const owner = { user, scope }
  await assertScope(deps, ctx, tx, scope, request)
  const position = openCursor(signer, owner, request.cursor)
  const binding = await bindingOf(tx, clientId, user)
  await assertReaches(tx, clientId, position)
  assertInstance(binding, instance, clientId)

  const { schema, limits, environment, visible, disclose } = options
  const facts = await loadFacts(tx, schema, clientId, operations)
  const batch = {
    schema,
    now: environment.clock.now(),
    clientId,
    userId: user,
    operations,
    facts,
    before: withHeld(tx, operations, before),
    limits,
    disclose,
  }
  const moving = move && (await openMove(deps, ctx, { ...move, request, operations }))
  const outcome = await applyBatch(batch, createGate(deps, ctx, tx, request), moving?.judge ?? judge)
  const state = await saveOutcome(deps, tx, request, { ...outcome, at: batch.now })
  const arrived = moving?.arrived()
  if (move !== undefined && arrived !== undefined) await saveArrived(deps, move.tx, arrived)

  const reader = { schemaVersion: request.schemaVersion, serverVersion: schema.version, visible }
  const { next, ...page } = await readPage(tx, { position, limit: request.limit, reader, state }, limits)
  return {
    results: outcome.results,
    before: outcome.before,
    decided: outcome.decided,
    page: { ...page, cursor: signCursor(signer, owner, next, batch.now) },
  }
}

/** Operations wait on records whose rows an open transaction of somebody else has, and nothing else waits for it. */
const withHeld = (
  { isHeld }: Pick<WriteTransaction, 'isHeld'>,
  operations: readonly ReadOperation[],
  before: Before,
): Before => {
  if (isHeld === undefined) return before
  const { code, message } = new HeldError()
  const held = operations
    .flatMap((read) =>
      read.kind === 'sent' ? [{ collection: read.operation.collection, id: read.operation.recordId }] : [],
    )
    .filter(isHeld)
    .map((address) => [recordKey(address), { code, message }] as const)
  return { ...before, waiting: new Map([...before.waiting, ...held]) }
}

const saveOutcome = async <TContext, TDatabase>(
  { options }: Deps<TContext, TDatabase>,
  tx: WriteTransaction<TDatabase>,
  { user, clientId, instance }: PushRequest,
  { rows, operations, resends, head, decided, at }: Outcome & { readonly at: number },
): Promise<WriteTransaction['state']> => {
  const raised = head > tx.state.head ? { head, nonce: newNonce(options.environment) } : undefined
  await tx.save({
    rows,
    operations,
    resends,
    client: { clientId, userId: user, instance: instance.candidate, watermark: decided.watermark },
    head: raised,
    at,
  })
  return { ...tx.state, ...raised }
}
