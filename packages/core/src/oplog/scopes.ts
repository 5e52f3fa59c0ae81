import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { scopesEntry, type ScopesEntry } from './entries.ts'
import { logKey, scopesKey } from './keys.ts'
import { putLogHead, storedLogHead } from './log.ts'
import { removeScope } from './remove-scope.ts'

const noScopes: ScopesEntry = { joined: [], leaving: [] }

export const decodeScopes = (value: string | undefined): ScopesEntry =>
  value === undefined ? noScopes : scopesEntry.decode(value)

/** The device's scopes as this step has them so far. `scopesKey` must have been read. */
export const scopesIn = (workspace: Workspace): ScopesEntry => decodeScopes(workspace.value(scopesKey))

/**
 * Joins those of the scopes that the device has not joined; what is left of an earlier stay is removed first.
 * Resolves, once that is durable, to all scopes of the device.
 */
export const joinScopes = async (store: Store, scopes: readonly string[]): Promise<ScopesEntry> => {
  for (;;) {
    const { leaving } = decodeScopes((await store.get(scopesKey))?.value)
    for (const scope of scopes) if (leaving.includes(scope)) await removeScope(store, scope)
    const entry = await store.update((workspace) => join(workspace, scopes))
    if (scopes.every((scope) => entry.joined.includes(scope))) return entry
  }
}

const join = async (workspace: Workspace, scopes: readonly string[]): Promise<ScopesEntry> => {
  await workspace.read([{ get: scopesKey }, ...scopes.map((scope) => ({ get: logKey(scope) }))])
  const before = scopesIn(workspace)
  const added = [...new Set(scopes)].filter(
    (scope) => !before.joined.includes(scope) && !before.leaving.includes(scope),
  )
  if (added.length === 0) return before
  const entry = { ...before, joined: [...before.joined, ...added] }
  workspace.put(scopesKey, scopesEntry.encode(entry))
  for (const scope of added) {
    if (workspace.value(logKey(scope)) === undefined) continue
    putLogHead(workspace, scope, { ...storedLogHead(workspace, scope), left: undefined })
  }
  return entry
}
