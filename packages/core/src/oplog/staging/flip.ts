import type { Workspace } from '../../storage/workspace.ts'
import type { LogHead } from '../entries.ts'
import { stagingKey } from '../keys.ts'
import { putFlippedHead } from '../log.ts'
import { nothingStaged, stagingEntry, type Staging } from './entry.ts'

interface Head {
  /** The generation that holds its changes; undefined: it brings them itself. */
  readonly generation?: number | undefined
  readonly cursor: string
  readonly cursorRevision: number
}

/** False where the head's generation is not what it was when the head was asked for. `stagingKey` must have been read. */
export const isStagedAs = (
  workspace: Workspace,
  scope: string,
  { generation, cursor, cursorRevision }: Head,
): boolean => {
  if (generation === undefined) return true
  const staging = stagingIn(workspace, scope)
  return (
    staging.kind === 'pull' &&
    staging.generation === generation &&
    staging.cursor === cursor &&
    staging.from === cursorRevision
  )
}

/** From this commit on the staged rows count. Returns how many there are. */
export const flip = (workspace: Workspace, scope: string, generation: number, head: LogHead): number => {
  putFlippedHead(workspace, scope, { ...head, folding: generation })
  const staging = stagingIn(workspace, scope)
  const rows = staging.kind === 'pull' ? staging.rows : 0
  workspace.put(stagingKey(scope), stagingEntry.encode({ kind: 'idle', generation, rows }))
  return rows
}

const stagingIn = (workspace: Workspace, scope: string): Staging => {
  const stored = workspace.value(stagingKey(scope))
  return stored === undefined ? nothingStaged : stagingEntry.decode(stored)
}
