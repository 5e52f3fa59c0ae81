import { encodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import type { Operation } from '../model/operation.ts'
import { decodePut, putType } from '../model/put.ts'
import { collectionOf } from '../model/schema.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { enqueueTransaction, type TransactionContext } from './enqueue-transaction.ts'
import { enqueue } from './enqueue.ts'
import { operationEntry } from './entries.ts'
import type { Intent } from './intent.ts'
import { conflictKey, deadKey, deadPrefix, doneKey, logKey, pastKey, transactionKey } from './keys.ts'
import { logHead, putLogHead } from './log.ts'
import { recordReads } from './records.ts'
import { foldRecords } from './staging/fold.ts'
import { readWhole } from './read-whole.ts'
import { byAge, localSeqIn, operationsOf } from './stored.ts'

export interface DeadLetterContext extends TransactionContext {
  readonly store: Store
}

/** What a dead letter carries when it is made again. */
export type RetriedWrite = Pick<Intent, 'payload' | 'marks'>

/**
 * Makes a dead letter again, under a new id, on the record as it is shown now; with it the others of its
 * transaction, and those that were rejected because of it, in the order made. The old ones are superseded.
 * @param prepare says what each of them carries, checked
 * @returns what was made for `operationId`
 * @throws what `prepare` throws; SyncError NOT_FOUND (no such dead letter, or no record to change), INVALID, QUEUE_FULL, TOO_LARGE; then
 * nothing was changed
 */
export const retryDeadLetter = (
  { store, schema, ...context }: DeadLetterContext,
  operationId: string,
  prepare: (letter: Operation) => Promise<RetriedWrite>,
): Promise<Operation> =>
  store.update(async (workspace) => {
    const roots = await readDead(workspace, operationId)
    const letters = await withDependents(workspace, roots)
    await workspace.read([
      ...letters.map((letter) => ({ get: conflictKey(letter) })),
      ...recordReads(letters),
    ])
    await foldRecords(workspace, schema, letters)
    const writes = new Map<Operation, RetriedWrite>()
    for (const letter of letters) writes.set(letter, await prepare(letter))
    const toIntent = (letter: Operation): Intent => ({
      scope: letter.scope,
      collection: letter.collection,
      recordId: letter.recordId,
      definition: collectionOf(schema, letter.collection),
      ...retried(letter, writes.get(letter)?.payload ?? letter.payload),
      marks: writes.get(letter)?.marks,
    })
    const made = new Map<string, Operation>()
    for (const unit of toUnits(letters)) {
      const remade =
        unit.length === 1
          ? unit.map((letter) => enqueue(workspace, toIntent(letter), context))
          : enqueueTransaction(workspace, unit.map(toIntent), {
              ...context,
              transactionId: context.environment.newId(),
            })
      unit.forEach((letter, index) => {
        const operation = remade[index]
        if (operation !== undefined) made.set(letter.id, operation)
      })
    }
    for (const letter of letters) {
      bury(workspace, {
        ...letter,
        status: 'SUPERSEDED',
        fate: { kind: 'superseded', by: made.get(letter.id)?.id },
      })
    }
    const operation = made.get(operationId)
    if (operation === undefined) throw noDeadLetter(operationId)
    return operation
  })

/**
 * Lets go of a dead letter, and of the others of its transaction: they keep their fate and are no longer listed.
 * @throws SyncError NOT_FOUND
 */
export const discardDeadLetter = (store: Store, operationId: string): Promise<void> =>
  store.update(async (workspace) => {
    for (const letter of await readDead(workspace, operationId)) {
      const { fate } = letter
      const discarded =
        fate.kind === 'rejected' || fate.kind === 'aborted' ? { ...fate, discarded: true as const } : fate
      bury(workspace, { ...letter, fate: discarded })
    }
  })

/** The dead letter, with the others of its transaction. */
const readDead = async (workspace: Workspace, operationId: string): Promise<readonly Operation[]> => {
  const whole = await readWhole(workspace, operationId)
  const [first] = whole
  if (first === undefined) throw noDeadLetter(operationId)
  await workspace.read([
    { get: logKey(first.scope) },
    ...whole.map(({ scope, localSeq }) => ({ get: deadKey(scope, localSeq) })),
  ])
  const dead = whole.filter(({ scope, localSeq }) => workspace.value(deadKey(scope, localSeq)) !== undefined)
  if (dead.every(({ id }) => id !== operationId)) throw noDeadLetter(operationId)
  return dead
}

/** The dead letters whose cause is one of these, or one of those that follow from these; in the order made. */
const withDependents = async (
  workspace: Workspace,
  roots: readonly Operation[],
): Promise<readonly Operation[]> => {
  const scope = roots[0]?.scope ?? ''
  const prefix = deadPrefix(scope)
  const [dead] = await workspace.read([{ scan: prefix }])
  const letters = operationsOf(
    await workspace.read(dead.map((entry) => ({ get: doneKey(scope, localSeqIn(prefix, entry)) }))),
  )
  const taken = new Map(roots.map((letter) => [letter.id, letter]))
  const transactions = new Set(roots.flatMap(({ transaction }) => transaction?.id ?? []))
  // A cause is older than what follows from it, but for members of a transaction: they come whole.
  for (let grown = -1; grown !== taken.size;) {
    grown = taken.size
    for (const letter of letters) {
      const { fate, transaction } = letter
      const cause = fate.kind === 'rejected' || fate.kind === 'aborted' ? fate.cause : undefined
      const follows = cause !== undefined && taken.has(cause)
      if (!follows && !(transaction !== undefined && transactions.has(transaction.id))) continue
      taken.set(letter.id, letter)
      if (transaction !== undefined) transactions.add(transaction.id)
    }
  }
  return [...taken.values()].sort(byAge)
}

/** What belongs together, in the order made. */
export const toUnits = (letters: readonly Operation[]): readonly (readonly Operation[])[] => {
  const units = new Map<string, Operation[]>()
  for (const letter of letters) {
    const key = letter.transaction?.id ?? letter.id
    units.set(key, [...(units.get(key) ?? []), letter])
  }
  return [...units.values()]
}

/** What several updates were folded into is made again as an update. */
export const retried = ({ type }: Operation, payload: string): Pick<Intent, 'type' | 'payload'> =>
  type === putType
    ? { type: 'update', payload: encodePortable(decodePut(payload).update) }
    : { type, payload }

/** It is no longer among the dead letters; its fate stays to be looked up. */
export const bury = (workspace: Workspace, letter: Operation): void => {
  const { scope, localSeq, transaction } = letter
  workspace.put(doneKey(scope, localSeq), operationEntry.encode(letter))
  workspace.remove(deadKey(scope, localSeq))
  if (transaction !== undefined) workspace.remove(transactionKey(scope, transaction.id))
  const head = logHead(workspace, scope)
  putLogHead(workspace, scope, { ...head, deadLetters: head.deadLetters - 1 })
}

/** Nothing is left of it: it is made again under its id. */
export const takeOut = (workspace: Workspace, letter: Operation): void => {
  bury(workspace, letter)
  workspace.remove(doneKey(letter.scope, letter.localSeq))
  workspace.remove(pastKey(letter))
}

const noDeadLetter = (operationId: string): SyncError =>
  new SyncError('NOT_FOUND', `There is no dead letter "${operationId}"; it may be settled already.`, {
    collection: 'deadLetters',
    recordId: operationId,
  })
