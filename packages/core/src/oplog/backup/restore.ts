import { isSyncError, SyncError } from '../../base/errors.ts'
import type { Operation } from '../../model/operation.ts'
import { collectionOf } from '../../model/schema.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { bury, retried, takeOut, toUnits, type DeadLetterContext } from '../dead-letters.ts'
import { enqueueTransaction } from '../enqueue-transaction.ts'
import { enqueue } from '../enqueue.ts'
import { addressEntry, operationEntry } from '../entries.ts'
import type { Intent } from '../intent.ts'
import { conflictKey, deadKey, doneKey, logKey, operationIdKey } from '../keys.ts'
import { logHead, putDone, putLogHead } from '../log.ts'
import { recordReads } from '../records.ts'
import { keepTogether } from '../recovery/put-again.ts'
import { foldRecords } from '../staging/fold.ts'

/** What became of the operations of a backup. */
export interface Restored {
  /** Made again on their records as they are shown, and in the queue. */
  readonly queued: number
  /** Kept as dead letters, each with its reason. */
  readonly deadLetters: number
  /** This device has them already: they are left alone. */
  readonly known: number
}

export interface RestoreContext extends DeadLetterContext {
  /** Up to this number the server may have decided, and forgotten it; 0: it has forgotten nothing. */
  readonly forgottenTo: number
}

/**
 * Makes the operations of a backup again, unit by unit, each in one commit: what ends early goes on when it is called
 * again. Doing it twice has the effect of once, here and on the server: ids stay, or are derived.
 * @throws SyncError SCOPE_NOT_JOINED, QUEUE_FULL, or a storage code
 */
export const restoreOperations = async (
  context: RestoreContext,
  operations: readonly Operation[],
): Promise<Restored> => {
  let restored: Restored = { queued: 0, deadLetters: 0, known: 0 }
  for (const unit of toUnits(operations)) {
    const told = await restoreUnit(context, unit, undefined).catch((error: unknown) => {
      if (!isSyncError(error) || !cannotBeMade.has(error.code)) throw error
      return restoreUnit(context, unit, error)
    })
    restored = {
      queued: restored.queued + told.queued,
      deadLetters: restored.deadLetters + told.deadLetters,
      known: restored.known + told.known,
    }
  }
  return restored
}

const cannotBeMade: ReadonlySet<SyncError['code']> = new Set(['NOT_FOUND', 'INVALID', 'TOO_LARGE'])

/** The server may know what was undecided, and must find it; what had ended unapplied is another operation now. */
const againAs = (operation: Operation): string =>
  isUndecided(operation) ? operation.id : `${operation.id}-r`

const isUndecided = ({ status }: Operation): boolean => status === 'PENDING' || status === 'SENT'

/** @param misfit why it can't be made */
const restoreUnit = (
  { store, schema, forgottenTo, ...context }: RestoreContext,
  unit: readonly Operation[],
  misfit: SyncError | undefined,
): Promise<Restored> =>
  store.update(async (workspace) => {
    const found = await look(workspace, unit)
    const open = found.filter(({ state }) => state !== 'known')
    const doubtful = open.find(({ state, kept }) => state !== 'dead' && isAmong(kept, forgottenTo))
    const refusal = doubtful === undefined ? misfit : outcomeUnknown(doubtful.kept)
    const made = open.filter(({ kept }) => kept.status !== 'REJECTED')
    if (refusal === undefined && made.length > 0) {
      const intents = made.map(({ kept, state }): Intent => {
        const { scope, collection, recordId, marks } = kept
        const operationId = state === 'dead' ? `${kept.id}-r` : againAs(kept)
        const definition = collectionOf(schema, collection)
        const address = { scope, collection, recordId }
        const content = retried(kept, kept.payload)
        return { ...address, definition, marks, operationId, isShared: true, ...content }
      })
      await workspace.read([
        ...intents.map((intent) => ({ get: conflictKey(intent) })),
        ...recordReads(intents),
      ])
      await foldRecords(workspace, schema, intents)
      for (const { letter, state } of made)
        if (letter !== undefined && state === 'unasked') takeOut(workspace, letter)
      const [only] = intents
      if (intents.length > 1 || only === undefined) {
        const transactionId = context.environment.newId()
        enqueueTransaction(workspace, intents, { ...context, transactionId })
      } else enqueue(workspace, only, context)
      for (const { letter, kept, state } of made) {
        if (letter === undefined || state !== 'dead') continue
        const fate = { kind: 'superseded', by: `${kept.id}-r` } as const
        bury(workspace, { ...letter, status: 'SUPERSEDED', fate })
      }
    }
    // A dead letter stays one.
    const dead = open.filter((one) => one.state === 'new' && (refusal !== undefined || !made.includes(one)))
    // Whoever discards or retries one does so with all of its transaction.
    await keepTogether(
      workspace,
      dead.map(({ kept }) => putDead(workspace, kept, refusal)),
    )
    const queued = refusal === undefined ? made.length : 0
    return { queued, deadLetters: dead.length, known: unit.length - queued - dead.length }
  })

const isAmong = ({ status, clientSeq = 0 }: Operation, forgottenTo: number): boolean =>
  status === 'SENT' && clientSeq <= forgottenTo

/** Nobody tells here whether it was applied: it is never applied by guess. */
const outcomeUnknown = ({ id }: Operation): SyncError =>
  new SyncError(
    'OUTCOME_UNKNOWN',
    'It was sent before, too long ago for the server to know. Look at the record before you write it again.',
    { operationId: id },
  )

interface Found {
  readonly kept: Operation
  /** `dead`: the server made a dead letter of it since. `unasked`: this device did, and another store may have sent it. */
  readonly state: 'new' | 'dead' | 'unasked' | 'known'
  readonly letter: Operation | undefined
}

const look = async (workspace: Workspace, unit: readonly Operation[]): Promise<readonly Found[]> => {
  await workspace.read(
    unit.flatMap((one) => [
      { get: logKey(one.scope) },
      { get: operationIdKey(one.id) },
      { get: operationIdKey(`${one.id}-r`) },
    ]),
  )
  const places = unit.map(({ id }) => {
    const stored = workspace.value(operationIdKey(id))
    return stored === undefined ? undefined : addressEntry.decode(stored)
  })
  await workspace.read(
    places.flatMap((place) =>
      place === undefined
        ? []
        : [{ get: doneKey(place.scope, place.localSeq) }, { get: deadKey(place.scope, place.localSeq) }],
    ),
  )
  return unit.map((kept, index) => {
    const place = places[index]
    if (workspace.value(operationIdKey(`${kept.id}-r`)) !== undefined)
      return { kept, state: 'known', letter: undefined }
    if (place === undefined) return { kept, state: 'new', letter: undefined }
    const { scope, localSeq } = place
    const done = workspace.value(doneKey(scope, localSeq))
    const isDead = done !== undefined && workspace.value(deadKey(scope, localSeq)) !== undefined
    // It was one when it was copied, too: that is nothing to restore.
    if (!isDead || kept.status === 'REJECTED') return { kept, state: 'known', letter: undefined }
    const letter = operationEntry.decode(done)
    if (mayBeApplied(letter) || isOpen(workspace, letter)) return { kept, state: 'known', letter: undefined }
    return { kept, state: isUndecided(kept) && letter.clientSeq === undefined ? 'unasked' : 'dead', letter }
  })
}

/**
 * Nobody knows what became of it, or another store made it under its id: whoever has looked at the record may retry it, by
 * itself.
 */
const mayBeApplied = ({ fate }: Operation): boolean =>
  fate.kind === 'rejected' && (fate.code === 'OUTCOME_UNKNOWN' || fate.code === 'PAYLOAD_MISMATCH')

/** The server is about to be told that it was given up: then it says whether it had decided it. */
const isOpen = (workspace: Workspace, { id, scope }: Operation): boolean =>
  logHead(workspace, scope).abandoned?.some((one) => one.id === id) === true

const putDead = (workspace: Workspace, kept: Operation, refusal: SyncError | undefined): Operation => {
  const { scope, collection, recordId, id } = kept
  const head = logHead(workspace, scope)
  const fate =
    refusal === undefined
      ? kept.fate
      : ({ kind: 'rejected', code: refusal.code, message: refusal.message } as const)
  const localSeq = head.nextLocalSeq
  const letter: Operation = { ...kept, localSeq, clientSeq: undefined, status: 'REJECTED', fate }
  putDone(workspace, letter)
  workspace.put(operationIdKey(id), addressEntry.encode({ scope, collection, recordId, localSeq }))
  putLogHead(workspace, scope, { ...head, nextLocalSeq: localSeq + 1, deadLetters: head.deadLetters + 1 })
  return letter
}
