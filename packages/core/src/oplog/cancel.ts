import { SyncError, hasCode } from '../base/errors.ts'
import type { Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { operationEntry, type LogHead } from './entries.ts'
import { readDependents } from './dependents.ts'
import { release } from './held.ts'
import { blockedKey, heldKey, logKey, operationKey, transactionKey } from './keys.ts'
import { logHead, putDone, putLogHead } from './log.ts'
import { readWhole } from './read-whole.ts'
import { rebase } from './rebase.ts'

/**
 * Takes an operation back, and with it the others of its transaction. One that was never sent ends at once; one that
 * was can only be ended by asking: the server answers `cancelled`, or what it had decided before. What builds on a
 * creation that was never sent ends with it, rejected; else later operations of the record stay and are judged by
 * themselves. Nothing happens to one that is decided.
 * @throws SyncError NOT_FOUND (no such operation), INVALID (it waits in a conflict: answer that; another one carries it on,
 * as when it was folded: take that one back), SCOPE_NOT_JOINED (its scope was left meanwhile)
 */
export const cancelOperation = (store: Store, schema: Schema, operationId: string): Promise<void> =>
  store.update(async (workspace) => {
    const whole = await readWhole(workspace, operationId)
    if (whole.some(({ status }) => status === 'CONFLICT')) {
      const reason = 'it waits in a conflict; answer that instead'
      throw new SyncError('INVALID', `The operation can't be cancelled: ${reason}.`, { reason })
    }
    const open = whole.filter(({ status }) => status === 'PENDING' || status === 'SENT')
    const [first] = open
    if (first === undefined) return assertOver(workspace, operationId)
    const { scope } = first
    await workspace.read([{ get: logKey(scope) }])
    for (const operation of open.filter(({ status }) => status === 'SENT'))
      workspace.put(operationKey(operation), operationEntry.encode({ ...operation, cancel: true }))
    const takenBack = open.filter(({ status }) => status === 'PENDING')
    const dependents = await readDependents(workspace, schema, takenBack)
    const ended = [
      ...takenBack.map((one): Operation => ({ ...one, status: 'CANCELLED', fate: { kind: 'cancelled' } })),
      ...dependents,
    ]
    await endUnsent(workspace, schema, scope, ended)
  })

/** What it changes may still be on its way, as part of another one. */
const assertOver = async (workspace: Workspace, operationId: string): Promise<void> => {
  const one = await readLast(workspace, operationId)
  if (one === undefined || (one.status !== 'PENDING' && one.status !== 'SENT')) return
  const message = `The operation "${operationId}" is carried on by "${one.id}"; take that one back, with all that it stands for.`
  throw new SyncError('INVALID', message, { reason: 'folded' })
}

/** The one that carries it on in the end; undefined where that is not known any more. */
const readLast = async (workspace: Workspace, operationId: string): Promise<Operation | undefined> => {
  for (let id = operationId; ;) {
    const whole = await readWhole(workspace, id).catch((error: unknown) => {
      if (!hasCode(error, 'NOT_FOUND')) throw error
      return []
    })
    const one = whole.find((operation) => operation.id === id)
    if (one?.fate.kind !== 'superseded' || one.fate.by === undefined) return one
    id = one.fate.by
  }
}

/** Ends operations that were never sent, with the fates that they have here. The log's head must have been read. */
export const endUnsent = async (
  workspace: Workspace,
  schema: Schema,
  scope: string,
  ended: readonly Operation[],
): Promise<void> => {
  await workspace.read(
    ended.flatMap((one) => [{ get: heldKey(scope, one.localSeq) }, { get: blockedKey(one) }]),
  )
  const head = ended.reduce(
    (before, operation) => endOne(workspace, before, operation),
    logHead(workspace, scope),
  )
  putLogHead(workspace, scope, head)
  if (ended.length > 0) await rebase(workspace, schema, { scope, changes: [], touched: ended })
}

/** Ends an operation that was never sent. */
const endOne = (workspace: Workspace, head: LogHead, operation: Operation): LogHead => {
  const { scope, localSeq, transaction, status } = operation
  const isHeld = workspace.value(heldKey(scope, localSeq)) !== undefined
  const released = isHeld ? release(workspace, head, operation) : head
  putDone(workspace, operation)
  const isDead = status === 'REJECTED'
  if (transaction !== undefined && !isDead) workspace.remove(transactionKey(scope, transaction.id))
  return {
    ...released,
    pending: released.pending - 1,
    deadLetters: released.deadLetters + (isDead ? 1 : 0),
  }
}
