import type { Entry } from '../storage/contract.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { operationEntry, scopesEntry } from './entries.ts'
import { indexesKey, logKey, operationIdKey, scopePlaces, scopesKey, stagingKey } from './keys.ts'
import { putLogHead, storedLogHead } from './log.ts'
import { endStaged } from './staging/abandon.ts'

/** The most entries that one commit removes. */
const largestRemoval = 500

/**
 * Removes what the device has of a scope that it is leaving, in bounded commits. The numbers of its log stay, for
 * the day when it is joined again. After a crash it goes on where it was; several tabs may do it at once.
 */
export const removeScope = async (store: Store, scope: string): Promise<void> => {
  while (await store.update((workspace) => removeSome(workspace, scope)));
}

/** False once there is nothing left to do. */
const removeSome = async (workspace: Workspace, scope: string): Promise<boolean> => {
  const [stored] = await workspace.read([
    { get: scopesKey },
    { get: logKey(scope) },
    { get: stagingKey(scope) },
  ])
  if (stored === undefined) return false
  const scopes = scopesEntry.decode(stored.value)
  if (!scopes.leaving.includes(scope)) return false

  let removed = 0
  for (const place of scopePlaces(scope)) {
    if (removed === largestRemoval) break
    const [entries] = await workspace.read([{ scan: place, limit: largestRemoval - removed }])
    removed += entries.length
    for (const entry of entries) remove(workspace, entry)
  }
  // Each step moves the log, as every change of a record does.
  putLogHead(workspace, scope, storedLogHead(workspace, scope))
  if (removed > 0) return true
  const leaving = scopes.leaving.filter((other) => other !== scope)
  workspace.put(scopesKey, scopesEntry.encode({ ...scopes, leaving }))
  workspace.remove(indexesKey(scope))
  endStaged(workspace, scope)
  return false
}

const remove = (workspace: Workspace, { key, value }: Entry): void => {
  workspace.remove(key)
  if (key.startsWith('op/') || key.startsWith('done/'))
    workspace.remove(operationIdKey(operationEntry.decode(value).id))
}
