import type { ResumeAnswer, ResumeOutput } from '@holdfast/core/protocol'
import { assertHolders } from '../apply/holders.ts'
import { verdictFor } from '../outgoing/for-protocol.ts'
import { fromStored } from '../outgoing/verdict.ts'
import type { Disclose } from '../outgoing/visible.ts'
import type { Limits } from '../limits.ts'
import type { OperationRow, ReadTransaction, ScopeState } from '../store/contract.ts'
import { recordKey } from '../store/record-key.ts'
import { openResumeToken, signResumeToken } from '../tokens/resume-token.ts'
import { assertScope, bindingOf, callerOf } from './access.ts'
import { answering } from './answering.ts'
import { readDecided } from './decided.ts'
import type { Deps } from './deps.ts'
import { readInput } from './envelope.ts'

/** Verdicts that one answer lists when asked by token. */
const pageSize = 200

type Verdicts = ResumeAnswer['verdicts']

/** Verdicts that the client may have missed: of the operations it names, and of all after its token. */
export const resume = <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  input: unknown,
): Promise<ResumeOutput> =>
  answering(deps, 'resume', async () => {
    const { options, signer } = deps
    const { disclose } = options
    const user = callerOf(deps, ctx)
    const { protocol, scope, clientId, ids = [], clientSeqs = [], resumeToken } = readInput('resume', input)
    return await options.store.read(scope, async (tx) => {
      await assertScope(deps, ctx, tx, scope)
      await bindingOf(tx, clientId, user)
      const owner = { user, scope }
      const claims = clientSeqs.flatMap((clientSeq, index) => {
        const operationId = ids[index]
        return operationId === undefined ? [] : [{ clientSeq, operationId }]
      })
      if (claims.length > 0) assertHolders(await tx.slotsAt(clientId, clientSeqs), claims, clientId)
      const decided = await readDecided(tx, clientId)
      const named = await readVerdicts(tx, { user, clientId, disclose }, ids)
      let heard = decided.watermark
      let missed: Verdicts = []
      if (resumeToken !== undefined) {
        const after = openResumeToken(signer, owner, { clientId, token: resumeToken })
        const slots = await tx.slotsAfter(clientId, after, pageSize)
        // After the last page, back to the watermark: numbers in between may be decided later.
        const last = slots.at(-1)
        if (last !== undefined && slots.length === pageSize) heard = last.clientSeq
        missed = await readVerdicts(
          tx,
          { user, clientId, disclose },
          slots.map(({ operationId }) => operationId),
        )
      }
      return {
        kind: 'answer' as const,
        verdicts: [...named, ...missed].map(({ id, verdict }) => ({
          id,
          verdict: verdict && verdictFor(protocol, verdict),
        })),
        decided,
        ...forgotBefore(tx.state, options.limits),
        resumeToken: signResumeToken(signer, owner, { clientId, clientSeq: heard }),
        serverTime: options.environment.clock.now(),
      }
    })
  })

/** By operations' timestamps, which may be ahead of the server's clock. */
const forgotBefore = (
  { prunedBefore }: ScopeState,
  { clockAheadMs }: Limits,
): { readonly forgotBefore?: number } =>
  prunedBefore === 0 ? {} : { forgotBefore: prunedBefore + clockAheadMs }

interface Asking {
  readonly user: string
  readonly clientId: string
  readonly disclose: Disclose
}

/** In the order asked. Of other users' operations nothing is said. */
const readVerdicts = async (
  tx: ReadTransaction,
  { user, clientId, disclose }: Asking,
  ids: readonly string[],
): Promise<Verdicts> => {
  if (ids.length === 0) return []
  const rows = (await tx.operations(ids)).filter(({ userId }) => userId === user)
  const own = new Map(rows.map((row) => [row.operationId, row]))
  const records = new Map((await tx.records(disputedKeys(rows))).map((row) => [recordKey(row), row]))
  return ids.map((id) => {
    const row = own.get(id)
    if (row === undefined) return { id, verdict: null }
    return { id, verdict: fromStored(row.verdict, records.get(keyOf(row)), { clientId, disclose }) }
  })
}

const keyOf = (row: OperationRow): string => recordKey({ collection: row.collection, id: row.recordId })

const disputedKeys = (
  rows: readonly OperationRow[],
): readonly { readonly collection: string; readonly id: string }[] =>
  rows
    .filter(({ verdict }) => verdict.kind === 'conflict' || verdict.kind === 'rebase')
    .map(({ collection, recordId }) => ({ collection, id: recordId }))
