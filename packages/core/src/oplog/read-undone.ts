import type { Entry } from '../storage/contract.ts'
import type { Workspace } from '../storage/workspace.ts'
import { queueEntry } from './entries.ts'
import { cursorKey, heldPrefix, logKey, queuePrefix, stagingKey, waitingPrefix } from './keys.ts'
import { logHead } from './log.ts'
import type { Listed } from './settle.ts'

/** What a swap begins with. */
export interface Undone {
  readonly storedCursor: Entry | undefined
  /** At the front of the queue, or held back. */
  readonly sent: readonly Listed[]
  /** Decided, and their head is not shown yet. */
  readonly waiting: readonly Listed[]
  readonly sentInQueue: number
}

/** @param reckoned so many sent operations are expected in the queue: with no more of them, one read is enough */
export const readUndone = async (workspace: Workspace, scope: string, reckoned: number): Promise<Undone> => {
  const prefix = queuePrefix(scope)
  const [, storedCursor, , expected, held, waiting] = await workspace.read([
    { get: logKey(scope) },
    { get: cursorKey(scope) },
    { get: stagingKey(scope) },
    { scan: prefix, limit: Math.max(1, reckoned) },
    { scan: heldPrefix(scope) },
    { scan: waitingPrefix(scope) },
  ])
  const list = (place: Listed['place'], prefix: string, entries: readonly Entry[]): Listed[] =>
    entries.map(({ key, value }) => ({
      place,
      scope,
      localSeq: Number(key.slice(prefix.length)),
      ...queueEntry.decode(value),
    }))
  const head = logHead(workspace, scope)
  const sentInQueue = head.sent - head.heldSent
  const [queued] =
    sentInQueue > reckoned ? await workspace.read([{ scan: prefix, limit: sentInQueue }]) : [expected]
  return {
    storedCursor,
    sent: [...list('queue', prefix, queued), ...list('held', heldPrefix(scope), held)].filter(
      ({ clientSeq }) => clientSeq !== undefined,
    ),
    waiting: list('waiting', waitingPrefix(scope), waiting),
    sentInQueue,
  }
}
