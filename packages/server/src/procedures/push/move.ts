import type { Environment } from '@holdfast/core'
import type { ServerRow } from '@holdfast/core/protocol'
import { createMoveJudge, type MoveJudge } from '../../apply/judge-move.ts'
import { firstVersionIn } from '../../apply/place.ts'
import type { ReadOperation } from '../../apply/read-operation.ts'
import type { WriteTransaction } from '../../store/contract.ts'
import { assertScope } from '../access.ts'
import type { Deps } from '../deps.ts'
import { createGate } from './gate.ts'
import type { PushRequest } from './request.ts'

export interface Moving<TDatabase> {
  readonly request: PushRequest
  readonly operations: readonly ReadOperation[]
  readonly to: string
  /** The transaction in the scope that the record goes to. */
  readonly tx: WriteTransaction<TDatabase>
}

/** Asked before its row is locked: where there is none the lock makes one, which is for those alone who may go there. */
export const mayEnter = <TContext, TDatabase>(
  { options }: Deps<TContext, TDatabase>,
  ctx: TContext,
  to: string,
): Promise<boolean> =>
  options.store.read(to, async (tx) => (await options.scopes(ctx, tx.database)).includes(to))

/** What judging a move needs of the other scope. */
export const openMove = async <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  { request, operations, to, tx }: Moving<TDatabase>,
): Promise<MoveJudge> => {
  const keys = operations.flatMap((read) =>
    read.kind === 'sent' ? [{ collection: read.operation.collection, id: read.operation.recordId }] : [],
  )
  const [row] = await tx.records(keys)
  const { admit, permit, load } = createGate(deps, ctx, tx, { ...request, scope: to })
  return createMoveJudge({
    scope: to,
    row,
    seq: tx.state.head + 1,
    firstVersion: firstVersionIn(tx.state),
    find: load,
    enter: () => assertScope(deps, ctx, tx, to),
    async permit(proposal) {
      await admit(proposal)
      await permit(proposal)
    },
  })
}

export const saveArrived = async <TContext, TDatabase>(
  { options }: Deps<TContext, TDatabase>,
  tx: WriteTransaction<TDatabase>,
  row: ServerRow,
): Promise<void> =>
  tx.save({
    rows: [row],
    operations: [],
    resends: [],
    head: { head: row.seq, nonce: newNonce(options.environment) },
    at: options.environment.clock.now(),
  })

/** Names a batch that raises a head. */
export const newNonce = ({ random }: Environment): string =>
  Buffer.from(random.bytes(12)).toString('base64url')
