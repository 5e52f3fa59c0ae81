import { moveType } from '../model/move-input.ts'
import type { Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { operationEntry } from './entries.ts'
import {
  conflictKey,
  logKey,
  operationKey,
  operationPrefix,
  queueKey,
  queuePrefix,
  type OperationAddress,
} from './keys.ts'
import { logHead, putDone, putLogHead } from './log.ts'
import { rebase } from './rebase.ts'
import { recordReads } from './records.ts'
import { addressesOf, operationsOf } from './stored.ts'

/** So many entries of the queue are read at once. */
const portion = 500
/** So many of them are tried in one commit, and so many operations may hang together. */
const most = 100

export interface Dropping {
  readonly scope: string
  /** Their operations may go. */
  readonly collections: readonly string[]
  /** So many have to. */
  readonly count: number
  /** Where the search goes on; undefined: at the oldest. */
  readonly after: string | undefined
}

export interface Dropped {
  readonly operations: readonly string[]
  /** Up to here nothing is left that may go. */
  readonly after: string | undefined
}

/**
 * Ends the oldest operations that were never sent and on which nothing builds, by bounded commits: as many as needed, or
 * somewhat more where a record's hang together.
 */
export const dropOldest = async (store: Store, schema: Schema, dropping: Dropping): Promise<Dropped> => {
  const { scope, collections, count } = dropping
  const prefix = queuePrefix(scope)
  const operations: string[] = []
  let after = dropping.after
  for (let isLast = false; !isLast && operations.length < count;) {
    const [entries] = await store.read([{ scan: prefix, after, limit: portion }])
    isLast = entries.length < portion
    const listed = addressesOf(scope, { prefix, entries })
    const candidates = listed.filter(({ collection }) => collections.includes(collection))
    for (let first = 0; first < candidates.length && operations.length < count; first += most) {
      const tried = candidates.slice(first, first + most)
      const step = await store.update((workspace) =>
        dropSome(workspace, schema, tried, count - operations.length),
      )
      operations.push(...step.dropped)
      if (step.last !== undefined) after = queueKey(scope, step.last)
    }
    if (operations.length < count) after = entries.at(-1)?.key ?? after
  }
  return { operations, after }
}

interface Step {
  readonly dropped: readonly string[]
  /** The last one that was tried. */
  readonly last: number | undefined
}

const dropSome = async (
  workspace: Workspace,
  schema: Schema,
  candidates: readonly OperationAddress[],
  count: number,
): Promise<Step> => {
  const scope = candidates[0]?.scope ?? ''
  await workspace.read([
    { get: logKey(scope) },
    ...recordReads(candidates),
    ...candidates.flatMap((one) => [
      { get: operationKey(one) },
      { get: queueKey(scope, one.localSeq) },
      { get: conflictKey(one) },
    ]),
  ])
  const ended: Operation[] = []
  let last: number | undefined
  for (const address of candidates) {
    if (ended.length >= count) break
    last = address.localSeq
    const stored = workspace.value(operationKey(address))
    if (stored === undefined || workspace.value(conflictKey(address)) !== undefined) continue
    for (const one of await hangingTogether(workspace, schema, operationEntry.decode(stored))) {
      const operation: Operation = {
        ...one,
        status: 'CANCELLED',
        fate: { kind: 'cancelled', reason: 'queueFull' },
      }
      putDone(workspace, operation)
      ended.push(operation)
    }
  }
  if (ended.length > 0) {
    const head = logHead(workspace, scope)
    putLogHead(workspace, scope, { ...head, pending: head.pending - ended.length })
    await rebase(workspace, schema, { scope, changes: [], touched: ended })
  }
  return { dropped: ended.map(({ id }) => id), last }
}

/** The operation, with what builds on it; none where something of that has to stay. */
const hangingTogether = async (
  workspace: Workspace,
  schema: Schema,
  operation: Operation,
): Promise<readonly Operation[]> => {
  if (operation.type === 'create' && isReferredTo(schema, operation.collection)) return []
  const all =
    operation.type === 'create' || operation.type === 'delete'
      ? await readSince(workspace, operation)
      : [operation]
  return all !== undefined && all.every((one) => mayGo(workspace, one)) ? all : []
}

const isReferredTo = (schema: Schema, collection: string): boolean =>
  Object.values(schema.collections).some(({ references }) => Object.values(references).includes(collection))

/** What was done to its record since, itself included; undefined where that is too much. */
const readSince = async (
  workspace: Workspace,
  operation: Operation,
): Promise<readonly Operation[] | undefined> => {
  const prefix = operationPrefix(operation)
  const [later] = await workspace.read([{ scan: prefix, after: operationKey(operation), limit: most }])
  if (later.length === most) return undefined
  const operations = operationsOf(later)
  await workspace.read(operations.map(({ scope, localSeq }) => ({ get: queueKey(scope, localSeq) })))
  return [operation, ...operations]
}

/** It stands alone in the queue, and nobody else has heard of it. */
const mayGo = (workspace: Workspace, operation: Operation): boolean =>
  operation.status === 'PENDING' &&
  operation.transaction === undefined &&
  operation.type !== moveType &&
  workspace.value(queueKey(operation.scope, operation.localSeq)) !== undefined
