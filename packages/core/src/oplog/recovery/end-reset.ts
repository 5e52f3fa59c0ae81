import type { Entry } from '../../storage/contract.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { conflictEntry, cursorEntry, type LogHead } from '../entries.ts'
import { conflictPrefix } from '../keys.ts'

/** No reset is under way any more, and its backup is one of many. */
export const reset = { resetting: undefined, decidedTo: undefined, backup: undefined } as const

/**
 * The head with which the scope goes on after a reset that kept its numbers; as it was where there was none. What was
 * made until now saw the feed up to the old cursor only: a record may have been made anew under its id since.
 */
export const endReset = async (
  workspace: Workspace,
  scope: string,
  head: LogHead,
  cursor: Entry | undefined,
): Promise<LogHead> => {
  if (head.resetting === undefined) return head
  const [conflicts] = await workspace.read([{ scan: conflictPrefix(scope) }])
  for (const conflict of conflicts) askAnew(workspace, conflict)
  const { lostHistory, nextLocalSeq, pending, sent } = head
  const seen = cursor === undefined ? 0 : cursorEntry.decode(cursor.value).head
  const isOpen = pending + sent > 0 && lostHistory !== undefined
  const history = isOpen ? Math.min(seen, lostHistory.history) : seen
  return { ...head, ...reset, awayBefore: nextLocalSeq, lostHistory: { before: nextLocalSeq, history } }
}

/** The version that the verdict told of may never come again: the question is about what is shown now. */
export const askAnew = (workspace: Workspace, { key, value: stored }: Entry): void => {
  // More may have joined it in this very commit.
  const { answer: _, ...conflict } = conflictEntry.decode(workspace.value(key) ?? stored)
  workspace.put(key, conflictEntry.encode({ ...conflict, ...untold, renewed: (conflict.renewed ?? 0) + 1 }))
}

const untold = { serverVersion: 0, serverData: null, serverDeleted: true }
