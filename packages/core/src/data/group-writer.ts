import { SyncError, hasCode } from '../base/errors.ts'
import type { Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import { enqueue, type EnqueueContext, type Intent } from '../oplog/enqueue.ts'
import { conflictKey, logKey, recordKey } from '../oplog/keys.ts'
import { foldRecords } from '../oplog/staging/fold.ts'
import type { Store } from '../storage/store.ts'

/** What a write resolves to, once it is durable. */
export interface WriteReceipt {
  readonly recordId: string
  readonly operationId: string
}

/** Stores writes: those that wait together share one commit, and each learns its own outcome. */
export interface GroupWriter {
  readonly write: (intent: Intent) => Promise<WriteReceipt>
}

export interface WriteContext extends EnqueueContext {
  readonly schema: Schema
}

interface Waiting {
  readonly intent: Intent
  readonly resolve: (receipt: WriteReceipt) => void
  readonly reject: (error: unknown) => void
}

const largestGroup = 500

export const createGroupWriter = (store: Store, context: WriteContext): GroupWriter => {
  let waiting: Waiting[] = []
  let running = false

  const drain = async (): Promise<void> => {
    running = true
    // Writes of the same turn join the group.
    await Promise.resolve()
    while (waiting.length > 0) {
      const group = waiting.slice(0, largestGroup)
      waiting = waiting.slice(largestGroup)
      await storeGroup(store, context, group)
    }
    running = false
  }

  return {
    write: (intent) =>
      new Promise((resolve, reject) => {
        waiting.push({ intent, resolve, reject })
        if (!running) void drain()
      }),
  }
}

const storeGroup = async (store: Store, context: WriteContext, group: readonly Waiting[]): Promise<void> => {
  try {
    const outcomes = await store.update(async (workspace) => {
      const keys = new Set(
        group.flatMap(({ intent }) => [logKey(intent.scope), recordKey(intent), conflictKey(intent)]),
      )
      await workspace.read([...keys].map((key) => ({ get: key })))
      await foldRecords(
        workspace,
        context.schema,
        group.map(({ intent }) => intent),
      )
      return group.map(({ intent }): Operation | { readonly refused: unknown } => {
        try {
          return enqueue(workspace, intent, context)
        } catch (error) {
          return { refused: error }
        }
      })
    })
    outcomes.forEach((outcome, index) => {
      const writer = group[index]
      if ('refused' in outcome) writer?.reject(outcome.refused)
      else writer?.resolve({ recordId: outcome.recordId, operationId: outcome.id })
    })
  } catch (error) {
    // One write may be too much for what is left: alone, each finds out whether it is to blame.
    if (group.length > 1 && (hasCode(error, 'STORAGE_FULL') || hasCode(error, 'INVALID'))) {
      for (const one of group) await storeGroup(store, context, [one])
      return
    }
    const failure = error instanceof SyncError ? error : storageFailed(error)
    for (const { reject } of group) reject(failure)
  }
}

const storageFailed = (error: unknown): SyncError =>
  new SyncError(
    'STORAGE_FAILED',
    'The write could not be stored; nothing was changed. Try again.',
    {},
    { cause: error },
  )
