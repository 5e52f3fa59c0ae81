import type { Workspace } from '../../storage/workspace.ts'
import { cursorKey, logKey, stagingKey } from '../keys.ts'
import { putLogHead, storedLogHead } from '../log.ts'
import { renewCursor } from '../recovery/unnumber.ts'
import { nothingStaged, stagingEntry, type Staging } from '../staging/entry.ts'

/**
 * Nobody can bring up what the server gave: the scope is fetched anew. What this device made stays, as it was made.
 * @returns what is staged of it, which counts for nothing any more
 */
export const refetch = async (workspace: Workspace, scope: string): Promise<Staging> => {
  const [, , staging] = await workspace.read([
    { get: logKey(scope) },
    { get: cursorKey(scope) },
    { get: stagingKey(scope) },
  ])
  const head = storedLogHead(workspace, scope)
  putLogHead(workspace, scope, { ...head, resetting: head.resetting ?? 'schema_incompatible' })
  renewCursor(workspace, scope)
  return staging === undefined ? nothingStaged : stagingEntry.decode(staging.value)
}
