import { isSyncError } from '@holdfast/core'
import type { PushOutput, Result } from '@holdfast/core/protocol'
import { GivenUp } from '../../apply/given-up.ts'
import type { ReadOperation } from '../../apply/read-operation.ts'
import { ConstraintError } from '../../store/constraint-error.ts'
import { tellAudit } from '../../observe/audit.ts'
import { resultFor } from '../../outgoing/for-protocol.ts'
import { assertReads } from '../../outgoing/reader.ts'
import { signResumeToken } from '../../tokens/resume-token.ts'
import { callerOf } from '../access.ts'
import { answering, serverFailed } from '../answering.ts'
import type { Deps } from '../deps.ts'
import { commitBisected, type Bisected } from './bisect.ts'
import { commitBatch, type Committed } from './commit-batch.ts'
import { readPush } from './request.ts'

/** Decides a batch, and answers with the first page after the cursor as the batch left it. */
export const push = <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  input: unknown,
): Promise<PushOutput> =>
  answering(deps, 'push', async () => {
    const { options, signer, hooks } = deps
    const request = readPush(callerOf(deps, ctx), input, options.limits)
    const { user, scope, clientId } = request
    assertReads(request, options.schema.version)

    const bisected = await commitBisected<Committed>(request, {
      commit: (operations, before, refusal) =>
        commitBatch(deps, ctx, request, { operations, before, refusal }),
      isSuspect: (error) =>
        error instanceof ConstraintError || (!isSyncError(error) && !options.store.isTransient(error)),
      refusalIn: (error) => (error instanceof ConstraintError ? error : undefined),
      onFailed: (operation, error) => {
        const { code, message } =
          error instanceof GivenUp
            ? error.told
            : serverFailed(deps, `The operation ${operation.id} could not be stored.`, error)
        return { code, message }
      },
    })
    // The last transaction saw what all others committed.
    const { page, decided } = lastOf(bisected.committed)
    const results = resultsOf(request.operations, bisected)
    await hooks.tell('afterCommit', { scope, userId: user, clientId, head: page.head, results: [...results] })
    const at = options.environment.clock.now()
    tellAudit(options, { at, scope, userId: user, clientId }, zip(request.operations, results))
    return {
      kind: 'answer' as const,
      results: results.map((result) => resultFor(request.protocol, result)),
      resumeToken: signResumeToken(signer, { user, scope }, { clientId, clientSeq: decided.watermark }),
      decided,
      serverTime: options.environment.clock.now(),
      page,
    }
  })

/** Results come in the order of the request. */
const zip = (operations: readonly ReadOperation[], results: readonly Result[]) =>
  [...operations].sort(byIndex).flatMap((read, place) => {
    const result = results[place]
    return result === undefined ? [] : [{ read, result }]
  })

const lastOf = (committed: readonly Committed[]): Committed => {
  const last = committed.at(-1)
  if (last === undefined) throw new Error('A batch ended without a transaction.')
  return last
}

/** One for each operation, in the order of the request. */
const resultsOf = (
  operations: readonly ReadOperation[],
  { committed, failed }: Bisected<Committed>,
): readonly Result[] =>
  [...operations].sort(byIndex).map(({ id, index }): Result => {
    const waiting = failed.get(index)
    if (waiting !== undefined) return { id, kind: 'retry', code: waiting.code, message: waiting.message }
    for (const { results } of committed) {
      const found = results.get(index)
      if (found !== undefined) return found
    }
    throw new Error(`The operation at ${index} has no result.`)
  })

const byIndex = (left: ReadOperation, right: ReadOperation): number => left.index - right.index
