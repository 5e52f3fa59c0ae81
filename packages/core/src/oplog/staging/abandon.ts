import type { Workspace } from '../../storage/workspace.ts'
import { stagingKey } from '../keys.ts'
import { nothingStaged, stagingEntry, type Staging } from './entry.ts'

/** The scope is being left: no page is staged any more. `stagingKey` must have been read. */
export const abandonStaged = (workspace: Workspace, scope: string): void => putKind(workspace, scope, 'drop')

/**
 * All rows are gone. The entry stays, like the numbers of the log: its revision tells a commit that slept through all
 * of that. `stagingKey` must have been read.
 */
export const endStaged = (workspace: Workspace, scope: string): void => putKind(workspace, scope, 'idle')

const putKind = (workspace: Workspace, scope: string, kind: 'drop' | 'idle'): void => {
  const key = stagingKey(scope)
  const stored = workspace.value(key)
  const { generation }: Staging = stored === undefined ? nothingStaged : stagingEntry.decode(stored)
  workspace.put(key, stagingEntry.encode({ kind, generation }))
}
