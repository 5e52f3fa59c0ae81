import type { Operation } from '../model/operation.ts'
import type { ConflictVerdict, RebaseVerdict } from '../protocol/verdict.ts'
import type { Workspace } from '../storage/workspace.ts'
import { conflictEntry, type ConflictEntry, type WaitingOperation } from './entries.ts'
import { conflictKey, type RecordAddress } from './keys.ts'
import { byAge } from './stored.ts'
import { meet } from './touched.ts'

/** What is known of the server's side before it told. */
const untold = {
  fields: [],
  serverVersion: 0,
  serverData: null,
  serverDeleted: false,
  updatedBy: '',
  updatedAt: 0,
}

/**
 * Puts an operation that waits for a person into its record's open question, or opens one. Without a verdict there
 * is no question about this record itself: it waits with others of its transaction.
 * The record's `conflictKey` must have been read. True where a person is asked something new.
 */
export const addToConflict = (
  workspace: Workspace,
  operation: Operation,
  verdict: ConflictVerdict | RebaseVerdict | undefined,
): boolean => {
  const key = conflictKey(operation)
  const stored = workspace.value(key)
  const before = stored === undefined ? undefined : conflictEntry.decode(stored)
  const asked = verdict?.kind === 'conflict' ? verdict : undefined
  const told = asked ?? before ?? untold
  const rebases = verdict?.kind === 'rebase' ? verdict.serverVersion : before?.rebases
  const fields = new Set([...(before?.fields ?? []), ...told.fields])
  workspace.put(
    key,
    conflictEntry.encode({
      fields: [...fields].sort(),
      operations: [...(before?.operations ?? []), toWaiting(operation)].sort(byAge),
      overwritten: before?.overwritten ?? {},
      serverVersion: told.serverVersion,
      serverData: told.serverData,
      serverDeleted: told.serverDeleted,
      updatedBy: told.updatedBy,
      updatedAt: told.updatedAt,
      ...(rebases === undefined ? {} : { rebases }),
      renewed: before?.renewed,
      ...(asked === undefined && answerStands(before, operation) ? { answer: before?.answer } : {}),
    }),
  )
  return fields.size > 0 && (before === undefined || before.fields.length === 0)
}

/** False where what joins is what an answer that was kept would give up. A new verdict asks again in any case. */
const answerStands = (before: ConflictEntry | undefined, { fields }: Operation): boolean => {
  const choice = before?.answer?.choice
  const isMine = choice !== undefined && 'take' in choice && choice.take === 'mine'
  return isMine || !meet(before?.fields ?? [], fields)
}

/** True where the operation called `cause` waits in the open conflict of this record. */
export const isWaitingInConflict = (workspace: Workspace, address: RecordAddress, cause: string): boolean => {
  const stored = workspace.value(conflictKey(address))
  return stored !== undefined && conflictEntry.decode(stored).operations.some(({ id }) => id === cause)
}

const toWaiting = ({ id, localSeq, fields }: Operation): WaitingOperation => ({ id, localSeq, fields })

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
