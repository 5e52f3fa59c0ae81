import type { Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { cursorKey, heldPrefix, logKey, metaKey, operationKey, queuePrefix } from '../keys.ts'
import { logHead, putLogHead } from '../log.ts'
import { rebase } from '../rebase.ts'
import { recordReads } from '../records.ts'
import { addressesOf, operationsOf } from '../stored.ts'
import { endUndecided } from './end-undecided.ts'
import { needsRecovery, toOwned } from './owner.ts'
import { renewCursor } from './unnumber.ts'

const portion = 100

/**
 * A device that was away too long turns out to have a copy: what both had in their queues the copy may have sent, and the
 * server may have forgotten it. It is never applied by guess. Bounded commits; after a crash it goes on.
 */
export const endDoubtful = async (store: Store, schema: Schema, scope: string): Promise<void> => {
  while (await store.update((workspace) => step(workspace, schema, scope)));
}

const step = async (workspace: Workspace, schema: Schema, scope: string): Promise<boolean> => {
  const lists = [queuePrefix(scope), heldPrefix(scope)]
  const [meta, log, , ...entries] = await workspace.read([
    { get: metaKey },
    { get: logKey(scope) },
    { get: cursorKey(scope) },
    { scan: queuePrefix(scope), limit: portion },
    { scan: heldPrefix(scope), limit: portion },
  ])
  const head = logHead(workspace, scope)
  const { awayBefore = 0 } = head
  const doubtful = entries
    .flatMap((found, index) => addressesOf(scope, { prefix: lists[index] ?? '', entries: found }))
    .filter(({ localSeq }) => localSeq < awayBefore)
  if (doubtful.length === 0 || !needsRecovery(toOwned(meta, log))) return false
  const operations = operationsOf(await workspace.read(doubtful.map((one) => ({ get: operationKey(one) }))))
  await workspace.read(recordReads(doubtful))
  putLogHead(workspace, scope, await endUndecided(workspace, head, operations, doubtfulFate))
  renewCursor(workspace, scope)
  await rebase(workspace, schema, { scope, changes: [], touched: doubtful })
  return true
}

export const doubtfulFate: Operation['fate'] = {
  kind: 'rejected',
  code: 'OUTCOME_UNKNOWN',
  message:
    'A copy of this device may have sent this operation, too long ago for the server to know. Look at the record before ' +
    'you write it again.',
}
