import type { Operation } from '../model/operation.ts'
import type { ConflictVerdict } from '../protocol/verdict.ts'
import type { Workspace } from '../storage/workspace.ts'
import { conflictEntry, type WaitingOperation } from './entries.ts'
import { conflictKey } from './keys.ts'
import { meet } from './touched.ts'

/**
 * Puts an operation that the server left to a person into its record's open question, or opens one.
 * The record's `conflictKey` must have been read. True where the question is new.
 */
export const addToConflict = (
  workspace: Workspace,
  operation: Operation,
  verdict: ConflictVerdict,
): boolean => {
  const key = conflictKey(operation)
  const stored = workspace.value(key)
  const before = stored === undefined ? undefined : conflictEntry.decode(stored)
  const fields = new Set([...(before?.fields ?? []), ...verdict.fields])
  workspace.put(
    key,
    conflictEntry.encode({
      fields: [...fields].sort(),
      operations: [...(before?.operations ?? []), toWaiting(operation)].sort(byAge),
      overwritten: before?.overwritten ?? {},
      serverVersion: verdict.serverVersion,
      serverData: verdict.serverData,
      serverDeleted: verdict.serverDeleted,
      updatedBy: verdict.updatedBy,
      updatedAt: verdict.updatedAt,
    }),
  )
  return before === undefined
}

const toWaiting = ({ id, localSeq, fields }: Operation): WaitingOperation => ({ id, localSeq, fields })

const byAge = (left: WaitingOperation, right: WaitingOperation): number => left.localSeq - right.localSeq

/**
 * An operation of this device was applied that was made after some that wait in a conflict of the same record:
 * what it changed is no longer theirs to change. The record's `conflictKey` must have been read.
 */
export const markOverwritten = (workspace: Workspace, applied: Operation): void => {
  const key = conflictKey(applied)
  const stored = workspace.value(key)
  if (stored === undefined || applied.fate.kind !== 'applied') return
  const conflict = conflictEntry.decode(stored)
  const { lost } = applied.fate
  const written = applied.fields.filter((field) => !lost.includes(field))
  const older = conflict.operations.filter(({ localSeq }) => localSeq < applied.localSeq)
  const overwritten = written.filter((field) => older.some(({ fields }) => meet(fields, [field])))
  if (overwritten.length === 0) return
  const marks = Object.fromEntries(
    overwritten.map((field) => [field, Math.max(applied.localSeq, conflict.overwritten[field] ?? 0)]),
  )
  workspace.put(
    key,
    conflictEntry.encode({ ...conflict, overwritten: { ...conflict.overwritten, ...marks } }),
  )
}
