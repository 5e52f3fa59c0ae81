import { decodePortable, encodePortable } from '../../base/codec.ts'
import { SyncError } from '../../base/errors.ts'
import type { Operation } from '../../model/operation.ts'
import type { BaseRow, Patch } from '../../model/record.ts'
import { collectionOf, type Schema } from '../../model/schema.ts'
import { validatePatch } from '../../model/validate.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { parseConflictId, toConflictId, toQuestion, type ShownConflict } from '../conflict-id.ts'
import type { EnqueueContext } from '../enqueue.ts'
import { conflictEntry, type ConflictEntry, type StoredAnswer } from '../entries.ts'
import { conflictKey, logKey, recordKey, type RecordAddress } from '../keys.ts'
import { logHead, putLogHead } from '../log.ts'
import { recordIn } from '../records.ts'
import { isStillAsked, serverSide } from '../server-side.ts'
import { unpreparedIn, withPreparations, withPrepared, type PrepareAnswer } from './answer-hooks.ts'
import type { Choice } from './answer.ts'
import { readClosure, type Closure, type WaitingRecord } from './closure.ts'
import { endConflicts, remakeAll } from './end-conflicts.ts'
import type { Answered, Remade } from './remade.ts'
import { remake } from './remake.ts'

/** A person's answer: this device's values, the server's, or others for disputed fields. */
export type ConflictAnswer = 'mine' | 'theirs' | { readonly patch: Readonly<Record<string, unknown>> }

export interface ResolveContext extends EnqueueContext {
  readonly store: Store
  readonly schema: Schema
  /** Asks plugins about each operation that the answer makes. Without it the marks of what it answers stay. */
  readonly prepare?: PrepareAnswer | undefined
}

export interface Resolved {
  /** What carries the answer for the asked record; undefined where nothing had to be changed. */
  readonly answer: Operation | undefined
  /** All that was made, in the order made: for other records of the same transaction too. */
  readonly made: readonly Operation[]
  /** False: the answer is kept until the other conflicts of the same transaction are answered. */
  readonly ended: boolean
}

const kept: Resolved = { answer: undefined, made: [], ended: false }

/**
 * Ends a conflict: one operation carries the answer and all undisputed changes of the operations that waited,
 * which it supersedes; named ones that nobody disputed are made again as they were. It names the version that was shown with the conflict's id, so that the server disputes
 * whatever is newer. What waited with it because of a transaction is made again with it, all or none; where another
 * record of the transaction is disputed too, the answer is kept until that one is answered. May exceed the queue's limit, so that a full queue can be worked off.
 * @throws SyncError NOT_FOUND (no such open conflict), INVALID (the patch does not fit), TOO_LARGE,
 * STORAGE_CONFLICT (the server's side is not on this device yet, or something else is asked than what was shown), what a plugin refuses the answer with
 */
export const resolveConflict = async (
  { store, schema, prepare, ...context }: ResolveContext,
  conflictId: string,
  answer: ConflictAnswer,
): Promise<Resolved> => {
  const shown = parseConflictId(conflictId)
  if (shown === undefined) throw noSuchConflict(conflictId)
  const { address, version, deleted } = shown
  const definition = collectionOf(schema, address.collection)
  const choice = typeof answer === 'object' ? validatePatch(definition, answer.patch) : answer

  // Plugins read the client: they can't be asked within a commit. What is answered may be another thing meanwhile.
  return withPreparations(prepare, (known) =>
    store.update(async (workspace) => {
      await workspace.read([{ get: logKey(address.scope) }])
      const closure = await readClosure(workspace, schema, address)
      const asked = closure.records.find((record) => recordKey(record.address) === recordKey(address))
      if (asked === undefined || asked.conflict.fields.length === 0) throw noSuchConflict(conflictId)
      checkSeen(asked.conflict, recordIn(workspace, address).base, shown, choice)

      const answered = { choice, version, deleted }
      const answers = answersOf(workspace, closure, asked, answered)
      if (answers === undefined) {
        // Whatever is wrong with the patch is said now, not when the last answer comes.
        remake(workspace, schema, asked, answered, context.environment.newId())
        keepAnswer(workspace, asked, answered)
        return { kind: 'done', result: kept }
      }
      const ending = { schema, ...context }
      const remade = remakeAll(workspace, ending, closure, answers)
      const unprepared = prepare === undefined ? undefined : unpreparedIn(remade, known)
      if (unprepared !== undefined && unprepared.size > 0) return { kind: 'unprepared', made: unprepared }
      const made = await endConflicts(workspace, ending, closure, withPrepared(remade, known))
      return { kind: 'done', result: { answer: answerIn(made, remade, address), made, ended: true } }
    }),
  )
}

/** What carries the answer of a record; other operations of it may be made again as they were. */
const answerIn = (
  made: readonly Operation[],
  remade: readonly Remade[],
  address: RecordAddress,
): Operation | undefined => {
  const found = remade.find(
    ({ draft, answerIn: collection }) =>
      collection !== undefined && draft !== undefined && recordKey(draft) === recordKey(address),
  )
  return made.find(({ id }) => id === found?.draft?.operationId)
}

/** The answer to each disputed record; undefined where one is still to be given. */
const answersOf = (
  workspace: Workspace,
  { records }: Closure,
  asked: WaitingRecord,
  answered: Answered,
): ReadonlyMap<string, Answered> | undefined => {
  const answers = new Map<string, Answered>()
  for (const record of records) {
    const { conflict, address } = record
    if (conflict.fields.length === 0) continue
    const known = record === asked ? answered : fromStored(conflict.answer)
    const side = serverSide(conflict, recordIn(workspace, address).base)
    if (known === undefined || !isStillAsked(known, side)) return undefined
    answers.set(recordKey(address), known)
  }
  return answers
}

const fromStored = (stored: StoredAnswer | undefined): Answered | undefined => {
  if (stored === undefined) return undefined
  const { choice, ...shown } = stored
  return { choice: 'take' in choice ? choice.take : (decodePortable(choice.patch) as Patch), ...shown }
}

const keepAnswer = (
  workspace: Workspace,
  { address, conflict }: WaitingRecord,
  { choice, ...shown }: Answered,
): void => {
  const kept: StoredAnswer = { choice: toStoredChoice(choice), ...shown }
  workspace.put(conflictKey(address), conflictEntry.encode({ ...conflict, answer: kept }))
  putLogHead(workspace, address.scope, logHead(workspace, address.scope))
}

const toStoredChoice = (choice: Choice): StoredAnswer['choice'] =>
  typeof choice === 'string' ? { take: choice } : { patch: encodePortable(choice) }

const checkSeen = (
  conflict: ConflictEntry,
  base: BaseRow | undefined,
  shown: ShownConflict,
  choice: Choice,
): void => {
  const isHere = (base?.version ?? 0) >= conflict.serverVersion
  // A snapshot tells of no deletions: there is nothing more to come.
  if (!isHere && !(base === undefined && conflict.serverDeleted))
    throw askedAgain("The server's side is not on this device yet; answer again after the next sync.", shown)
  const now = toQuestion(conflict)
  // "Mine" gives up nothing of what was written since.
  const isSame = shown.about === now.about && (choice === 'mine' || shown.newest >= now.newest)
  if (isSame && isStillAsked(shown, serverSide(conflict, base))) return
  throw askedAgain('Something else is asked than what was shown; answer what is asked now.', shown)
}

const askedAgain = (message: string, shown: ShownConflict): SyncError =>
  new SyncError('STORAGE_CONFLICT', message, { key: toConflictId(shown) })

const noSuchConflict = (conflictId: string): SyncError =>
  new SyncError('NOT_FOUND', 'There is no such open conflict; it may be resolved already.', {
    collection: 'conflicts',
    recordId: conflictId,
  })
