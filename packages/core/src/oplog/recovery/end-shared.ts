import type { Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import type { ResumeAnswer } from '../../protocol/resume.ts'
import { maxResumeIds } from '../../protocol/resume.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { toUnits } from '../dead-letters.ts'
import type { LogHead } from '../entries.ts'
import { cursorKey, heldPrefix, logKey, metaKey, operationKey, queuePrefix } from '../keys.ts'
import { logHead, putLogHead } from '../log.ts'
import { rebase } from '../rebase.ts'
import { recordReads } from '../records.ts'
import { addressesOf, byAge, operationsOf } from '../stored.ts'
import { doubtfulFate } from './end-doubtful.ts'
import { endUndecided } from './end-undecided.ts'
import { needsRecovery, readOwned, toOwned } from './owner.ts'
import { renewCursor } from './unnumber.ts'

/** Asks the server what it knows of these operations, at most 100 at a time. */
export type AskKnown = (ids: readonly string[]) => Promise<Pick<ResumeAnswer, 'verdicts' | 'forgotBefore'>>

/**
 * A device has a copy, and both had these operations: the other one may have sent them, so long ago that the server has
 * forgotten it. That is never applied by guess; numbers that were given are spent. Only while the scope needs recovery:
 * once another client id is taken over, and again where the device was away too long before it was heard under that.
 */
export const endShared = async (
  store: Store,
  schema: Schema,
  scope: string,
  ask: AskKnown,
): Promise<void> => {
  const { head, meta, owner } = await readOwned(store, scope)
  const { sharedBefore = 0 } = head
  const before = owner === meta.clientId ? sharedBefore : head.nextLocalSeq
  const shared = before === 0 ? [] : await readShared(store, scope, before)
  const open = new Set<string>()
  for (let start = 0; start < shared.length; start += maxResumeIds) {
    const some = shared.slice(start, start + maxResumeIds)
    const { verdicts, forgotBefore = 0 } = await ask(some.map(({ id }) => id))
    const unknown = new Set(verdicts.flatMap(({ id, verdict }) => (verdict === null ? [id] : [])))
    for (const { id, timestamp, uncorrected } of some) {
      // By its own device's clock alone nobody knows how old it is.
      const isOld = forgotBefore > 0 && (uncorrected || timestamp < forgotBefore)
      if (isOld && unknown.has(id)) open.add(id)
    }
  }
  for (const unit of toUnits(shared)) {
    if (unit.every(({ id }) => open.has(id)))
      await store.update((workspace) => end(workspace, schema, scope, unit))
  }
}

const readShared = async (store: Store, scope: string, before: number): Promise<readonly Operation[]> => {
  const lists = [queuePrefix(scope), heldPrefix(scope)]
  const found = await store.read(lists.map((scan) => ({ scan })))
  const addresses = found
    .flatMap((entries, index) => addressesOf(scope, { prefix: lists[index] ?? '', entries }))
    .filter(({ localSeq }) => localSeq < before)
  return operationsOf(await store.read(addresses.map((one) => ({ get: operationKey(one) })))).toSorted(byAge)
}

const end = async (
  workspace: Workspace,
  schema: Schema,
  scope: string,
  unit: readonly Operation[],
): Promise<void> => {
  const [meta, log] = await workspace.read([
    { get: metaKey },
    { get: logKey(scope) },
    { get: cursorKey(scope) },
  ])
  const operations = operationsOf(await workspace.read(unit.map((one) => ({ get: operationKey(one) }))))
  const isOpen = operations.every(({ status }) => status === 'PENDING' || status === 'SENT')
  const head = logHead(workspace, scope)
  // Another tab was faster.
  if (operations.length < unit.length || !isOpen || !needsRecovery(toOwned(meta, log))) return
  await workspace.read(recordReads(unit))
  const ended = await endUndecided(workspace, head, operations, doubtfulFate)
  putLogHead(workspace, scope, withSpent(ended, operations))
  renewCursor(workspace, scope)
  await rebase(workspace, schema, { scope, changes: [], touched: unit })
}

/** The server waits for the numbers that were given. */
const withSpent = (head: LogHead, operations: readonly Operation[]): LogHead => {
  const spent = operations.flatMap(({ id, clientSeq }) =>
    clientSeq === undefined ? [] : [{ id, clientSeq }],
  )
  if (spent.length === 0) return head
  const abandoned = [...(head.abandoned ?? []), ...spent]
  return { ...head, abandoned: abandoned.sort((left, right) => left.clientSeq - right.clientSeq) }
}
