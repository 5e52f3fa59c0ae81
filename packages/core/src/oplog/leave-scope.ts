import { SyncError } from '../base/errors.ts'
import type { Entry } from '../storage/contract.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { emptyLogHead, queueEntry, scopesEntry, type AbandonedOperation, type LogHead } from './entries.ts'
import { cursorKey, heldPrefix, logKey, queuePrefix, scopesKey, stagingKey, waitingPrefix } from './keys.ts'
import { logHead, putLogHead } from './log.ts'
import { scopesIn } from './scopes.ts'
import { readOperations } from './batch/units.ts'
import { abandonStaged } from './staging/abandon.ts'

/** What of a scope nobody but this device has, or nobody has looked at yet. */
export interface Unfinished {
  /** Operations without a verdict. */
  readonly undecided: number
  readonly conflicts: number
  readonly deadLetters: number
}

/**
 * The first step of leaving: from here on nobody writes to the scope or shows it. Its rows go with `removeScope`.
 * Undefined where the device has not joined it.
 * @throws SyncError SCOPE_IN_USE unless `discard`
 */
export const startLeaving = (
  store: Store,
  scope: string,
  { discard }: { readonly discard: boolean },
): Promise<Unfinished | undefined> =>
  store.update(async (workspace) => {
    await workspace.read([
      { get: scopesKey },
      { get: logKey(scope) },
      { get: cursorKey(scope) },
      { get: stagingKey(scope) },
    ])
    const scopes = scopesIn(workspace)
    if (!scopes.joined.includes(scope)) return undefined
    const head = logHead(workspace, scope)
    const unfinished = await countUnfinished(workspace, scope, head)
    if (!discard && Object.values(unfinished).some((count) => count > 0)) throw inUse(scope, unfinished)

    const abandoned = [...(head.abandoned ?? []), ...(await sentOperations(workspace, scope, head))]
    workspace.put(
      scopesKey,
      scopesEntry.encode({
        joined: scopes.joined.filter((other) => other !== scope),
        leaving: [...scopes.leaving, scope],
      }),
    )
    const nextClientSeq = Math.max(head.nextClientSeq, ...abandoned.map(({ clientSeq }) => clientSeq + 1))
    putLogHead(workspace, scope, toLeft({ ...head, nextClientSeq }, abandoned))
    workspace.remove(cursorKey(scope))
    // Whoever is about to store a page finds another entry than expected.
    abandonStaged(workspace, scope)
    return unfinished
  })

/** The numbers go on after a return: the server knows which of them this device has used. */
const toLeft = (head: LogHead, abandoned: readonly AbandonedOperation[]): LogHead => {
  const { nextLocalSeq, nextClientSeq, timestamp, clockOffset, clientId, lostHistory } = head
  return {
    ...emptyLogHead,
    nextLocalSeq,
    nextClientSeq,
    timestamp,
    clockOffset,
    clientId,
    lostHistory,
    left: true,
    ...(abandoned.length === 0 ? {} : { abandoned }),
  }
}

const countUnfinished = async (workspace: Workspace, scope: string, head: LogHead): Promise<Unfinished> => {
  const prefix = waitingPrefix(scope)
  const [waiting] = await workspace.read([{ scan: prefix }])
  const decided = await readOperations(workspace, scope, { prefix, entries: waiting })
  // Refused, and only the head is missing in which it is: the next dead letters.
  const refused = decided.filter(({ status }) => status === 'REJECTED')
  return {
    undecided: head.pending + head.sent,
    conflicts: head.conflicts,
    deadLetters: head.deadLetters + refused.length,
  }
}

/** They stand at the front of the queue, or are held back. Some have lost their number since: it is spent under a new one. */
const sentOperations = async (
  workspace: Workspace,
  scope: string,
  { sent, heldSent, nextClientSeq }: LogHead,
): Promise<readonly AbandonedOperation[]> => {
  if (sent === 0) return []
  const [inQueue, inHeld] = [queuePrefix(scope), heldPrefix(scope)]
  const [queued, held] = await workspace.read([{ scan: inQueue, limit: sent - heldSent }, { scan: inHeld }])
  const numbered = [...queued, ...held].flatMap(({ value }) => {
    const { operationId: id, clientSeq } = queueEntry.decode(value)
    return clientSeq === undefined ? [] : [{ id, clientSeq }]
  })
  const unnumbered = [
    ...(await readOperations(workspace, scope, { prefix: inQueue, entries: queued.filter(isUnnumbered) })),
    ...(await readOperations(workspace, scope, { prefix: inHeld, entries: held.filter(isUnnumbered) })),
  ].filter(({ status }) => status === 'SENT')
  const ofUnnumbered = unnumbered.map(({ id }, index) => ({ id, clientSeq: nextClientSeq + index }))
  return [...numbered, ...ofUnnumbered].sort((left, right) => left.clientSeq - right.clientSeq)
}

const isUnnumbered = ({ value }: Entry): boolean => queueEntry.decode(value).clientSeq === undefined

const inUse = (scope: string, unfinished: Unfinished): SyncError<'SCOPE_IN_USE'> => {
  const { undecided, conflicts, deadLetters } = unfinished
  const message =
    `The scope "${scope}" still has ${undecided} operations without a verdict, ${conflicts} open conflicts and ` +
    `${deadLetters} dead letters. Let it sync, answer them and clear the dead letters first, or leave with ` +
    '{ discard: true }, which drops them.'
  return new SyncError('SCOPE_IN_USE', message, { scope, ...unfinished })
}
