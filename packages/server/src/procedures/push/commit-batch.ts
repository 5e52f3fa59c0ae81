import type { Decided, Page, Result } from '@holdfast/core/protocol'
import { applyBatch } from '../../apply/apply-batch.ts'
import type { Before, Outcome } from '../../apply/batch.ts'
import type { ReadOperation } from '../../apply/read-operation.ts'
import type { WriteTransaction } from '../../store/contract.ts'
import { assertReachable, openCursor, signCursor } from '../../tokens/cursor.ts'
import { assertInstance, assertScope, bindingOf } from '../access.ts'
import type { Deps } from '../deps.ts'
import { readPage } from '../page.ts'
import { createGate } from './gate.ts'
import { loadFacts } from './load-facts.ts'
import type { PushRequest } from './request.ts'

/** What one committed transaction of a push did, with the first page as it left the feed. */
export interface Committed {
  readonly results: ReadonlyMap<number, Result>
  readonly before: Before
  readonly decided: Decided
  readonly page: Page
}

/** One transaction: lock, checks, bulk loads, `applyBatch`, bulk save, first page. */
export const commitBatch = <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  request: PushRequest,
  operations: readonly ReadOperation[],
  before: Before,
): Promise<Committed> => {
  const { options, signer } = deps
  const { scope, user, clientId, instance } = request
  const owner = { user, scope }

  return options.store.write(scope, async (tx) => {
    await assertScope(deps, ctx, tx, scope)
    const position = openCursor(signer, owner, request.cursor)
    await assertReachable(tx, position)
    const binding = await bindingOf(tx, clientId, user)
    assertInstance(binding, instance, clientId)

    const { schema, limits, environment } = options
    const facts = await loadFacts(tx, schema, clientId, operations)
    const batch = {
      schema,
      now: environment.clock.now(),
      clientId,
      userId: user,
      operations,
      facts,
      before,
      limits,
    }
    const outcome = await applyBatch(batch, createGate(deps, ctx, tx, request))
    const state = await saveOutcome(deps, tx, request, outcome)

    const { next, ...page } = await readPage(tx, { position, limit: undefined, state }, limits)
    return {
      results: outcome.results,
      before: outcome.before,
      decided: outcome.decided,
      page: { ...page, cursor: signCursor(signer, owner, next) },
    }
  })
}

const saveOutcome = async <TContext, TDatabase>(
  { options }: Deps<TContext, TDatabase>,
  tx: WriteTransaction<TDatabase>,
  { user, clientId, instance }: PushRequest,
  { rows, operations, resends, head, decided }: Outcome,
): Promise<WriteTransaction['state']> => {
  const nonce = Buffer.from(options.environment.random.bytes(12)).toString('base64url')
  const raised = head > tx.state.head ? { head, nonce } : undefined
  await tx.save({
    rows,
    operations,
    resends,
    client: { clientId, userId: user, instance: instance.candidate, watermark: decided.watermark },
    head: raised,
  })
  return { ...tx.state, ...raised }
}
