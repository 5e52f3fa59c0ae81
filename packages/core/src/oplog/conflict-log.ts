import type { Operation } from '../model/operation.ts'
import type { ConflictVerdict } from '../protocol/verdict.ts'
import type { Workspace } from '../storage/workspace.ts'
import { conflictEntry } from './entries.ts'
import { conflictKey } from './keys.ts'

/**
 * Puts an operation that the server left to a person into its record's open question, or opens one.
 * The record's `conflictKey` must have been read. True where the question is new.
 */
export const addToConflict = (workspace: Workspace, operation: Operation, verdict: ConflictVerdict): boolean => {
  const key = conflictKey(operation)
  const stored = workspace.value(key)
  const before = stored === undefined ? undefined : conflictEntry.decode(stored)
  const fields = new Set([...(before?.fields ?? []), ...verdict.fields])
  workspace.put(
    key,
    conflictEntry.encode({
      fields: [...fields].sort(),
      operations: [...(before?.operations ?? []), { id: operation.id, localSeq: operation.localSeq }],
      serverVersion: verdict.serverVersion,
      serverData: verdict.serverData,
      serverDeleted: verdict.serverDeleted,
      updatedBy: verdict.updatedBy,
      updatedAt: verdict.updatedAt,
    }),
  )
  return before === undefined
}
