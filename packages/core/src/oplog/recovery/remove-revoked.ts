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
    const sent = operations.filter(({ status }) => status === 'SENT')
    const ended = await endUndecided(workspace, head, operations, fate)
    putFlippedHead(workspace, scope, sent.reduce(withSpent, ended))
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

/** The server waits for its number, on the day when it lets the user in again. */
const withSpent = (head: LogHead, { id, clientSeq }: Operation): LogHead => {
  const isNumbered = clientSeq !== undefined
  const spent = { id, clientSeq: clientSeq ?? head.nextClientSeq }
  return {
    ...head,
    nextClientSeq: head.nextClientSeq + (isNumbered ? 0 : 1),
    abandoned: [...(head.abandoned ?? []), spent].sort((left, right) => left.clientSeq - right.clientSeq),
  }
}

const fate: Operation['fate'] = {
  kind: 'rejected',
  code: 'FORBIDDEN_OR_MISSING',
  message: 'You may no longer read this scope. What you wrote is kept here and in a backup.',
}
