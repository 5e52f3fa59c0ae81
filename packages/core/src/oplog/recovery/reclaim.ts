import type { Schema } from '../../model/schema.ts'
import type { Store } from '../../storage/store.ts'
import { cursorKey, logKey, metaKey } from '../keys.ts'
import { logHead, putLogHead } from '../log.ts'
import type { AbandonedOperation } from '../entries.ts'
import { endDoubtful } from './end-doubtful.ts'
import { endShared, type AskKnown } from './end-shared.ts'
import { toOwned } from './owner.ts'
import { renewCursor, unnumber } from './unnumber.ts'

/**
 * The device has a new client id, and the scope follows: what was sent under the old one is sent again under the same
 * ids. Any tab may do it, several at once too.
 * @returns the client id that the scope has from here on; undefined where it had it already
 */
export const reclaimScope = async (
  store: Store,
  schema: Schema,
  scope: string,
  ask: AskKnown,
): Promise<string | undefined> => {
  await unnumber(store, scope)
  await endDoubtful(store, schema, scope)
  await endShared(store, schema, scope, ask)
  return await store.update(async (workspace) => {
    const [meta, log] = await workspace.read([
      { get: metaKey },
      { get: logKey(scope) },
      { get: cursorKey(scope) },
    ])
    const head = logHead(workspace, scope)
    const { clientId } = toOwned(meta, log).meta
    // A second change meanwhile gives the scope no numbers: this one leads to the latest id as well.
    workspace.expect(metaKey)
    if (toOwned(meta, log).owner === clientId) return undefined
    const abandoned = renumbered(head.abandoned ?? [], 1)
    putLogHead(workspace, scope, {
      ...head,
      clientId,
      awayBefore: undefined,
      sharedBefore: head.nextLocalSeq,
      ...(head.resetting === undefined ? { backup: undefined } : {}),
      nextClientSeq: abandoned.length + 1,
      ...(abandoned.length === 0 ? {} : { abandoned }),
    })
    renewCursor(workspace, scope)
    return clientId
  })
}

/** Their ids stay to be spent, whoever's numbers they had. */
export const renumbered = (
  abandoned: readonly AbandonedOperation[],
  first: number,
): readonly AbandonedOperation[] => abandoned.map(({ id }, index) => ({ id, clientSeq: first + index }))
