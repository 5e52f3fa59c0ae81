import type { PullOutput } from '@holdfast/core/protocol'
import { assertReads, type Reader } from '../outgoing/reader.ts'
import { openCursor, signCursor } from '../tokens/cursor.ts'
import { assertReaches, assertScope, bindingOf, callerOf } from './access.ts'
import { answering } from './answering.ts'
import { readDecided } from './decided.ts'
import type { Deps } from './deps.ts'
import { readInput } from './envelope.ts'
import { readPage } from './page.ts'

/** Changes after a cursor and the asking client's `decided`, from one snapshot. */
export const pull = <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  input: unknown,
): Promise<PullOutput> =>
  answering(deps, 'pull', async () => {
    const { options, signer } = deps
    const user = callerOf(deps, ctx)
    const { scope, clientId, cursor, limit, schemaVersion } = readInput('pull', input)
    const { visible } = options
    const reader: Reader = { schemaVersion, serverVersion: options.schema.version, visible }
    assertReads(reader, reader.serverVersion)
    return await options.store.read(scope, async (tx) => {
      await assertScope(deps, ctx, tx, scope, { user, cursor })
      await bindingOf(tx, clientId, user)
      const owner = { user, scope }
      const position = openCursor(signer, owner, cursor)
      await assertReaches(tx, clientId, position)
      const { next, ...page } = await readPage(
        tx,
        { position, limit, reader, state: tx.state },
        options.limits,
      )
      return {
        kind: 'answer' as const,
        ...page,
        cursor: signCursor(signer, owner, next, options.environment.clock.now()),
        decided: await readDecided(tx, clientId),
        serverTime: options.environment.clock.now(),
      }
    })
  })
