import type { Operation } from '../../model/operation.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import type { LogHead } from '../entries.ts'
import { cursorKey, logKey, operationsPrefix, scopePlaces, stagingKey } from '../keys.ts'
import { logHead, putFlippedHead } from '../log.ts'
import { endStaged } from '../staging/abandon.ts'
import { operationsOf } from '../stored.ts'
import { reset } from './end-reset.ts'
import { endUndecided } from './end-undecided.ts'

/** The most that one commit ends or removes. */
const portion = 100

/**
 * The user may no longer read the scope: its rows leave the device, in bounded commits, and what nobody has decided is
 * kept among the dead letters. After a crash it goes on; any tab may do it, several at once too.
 */
export const removeRevoked = async (store: Store, scope: string): Promise<void> => {
  while (await store.update((workspace) => step(workspace, scope)));
}

/** False once there is nothing left to do. */
const step = async (workspace: Workspace, scope: string): Promise<boolean> => {
  const [, , , open] = await workspace.read([
    { get: logKey(scope) },
    { get: cursorKey(scope) },
    { get: stagingKey(scope) },
    { scan: operationsPrefix(scope), limit: portion },
  ])
  const head = logHead(workspace, scope)
  if (head.resetting !== 'revoked') return false
  const operations = operationsOf(open)
  if (operations.length > 0) {
    const numbered = withNumbers(head, operations)
    const ended = await endUndecided(workspace, head, numbered, fate)
    putFlippedHead(workspace, scope, withSpent(ended, numbered.filter(isSent)))
    return true
  }
  let removed = 0
  for (const place of scopePlaces(scope).filter(isOfServer)) {
    const [entries] = await workspace.read([{ scan: place, limit: portion - removed }])
    for (const { key } of entries) workspace.remove(key)
    removed += entries.length
    if (removed === portion) break
  }
  workspace.remove(cursorKey(scope))
  endStaged(workspace, scope)
  const ended = { conflicts: 0, folding: undefined, ...(removed === 0 ? reset : {}) }
  putFlippedHead(workspace, scope, { ...head, ...ended })
  return removed > 0
}

/** What this device did stays, and which indexes there are. */
const isOfServer = (place: string): boolean => !/^(done|dead|past|archive|tx|op|built)\//.test(place)

const isSent = ({ status }: Operation): boolean => status === 'SENT'

/** What lost its number in another recovery is spent under a new one. */
const withNumbers = ({ nextClientSeq }: LogHead, operations: readonly Operation[]): readonly Operation[] => {
  let next = nextClientSeq
  return operations.map((operation) =>
    isSent(operation) && operation.clientSeq === undefined ? { ...operation, clientSeq: next++ } : operation,
  )
}

/** The server waits for their numbers, on the day when it lets the user in again. */
const withSpent = (head: LogHead, sent: readonly Operation[]): LogHead => {
  const spent = sent.flatMap(({ id, clientSeq }) => (clientSeq === undefined ? [] : [{ id, clientSeq }]))
  if (spent.length === 0) return head
  const abandoned = [...(head.abandoned ?? []), ...spent]
  return {
    ...head,
    nextClientSeq: Math.max(head.nextClientSeq, ...spent.map(({ clientSeq }) => clientSeq + 1)),
    abandoned: abandoned.sort((left, right) => left.clientSeq - right.clientSeq),
  }
}

const fate: Operation['fate'] = {
  kind: 'rejected',
  code: 'FORBIDDEN_OR_MISSING',
  message: 'You may no longer read this scope. What you wrote is kept here and in a backup.',
}
