import { hasCode } from '../../base/errors.ts'
import type { Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import type { Store } from '../../storage/store.ts'
import type { EnqueueContext } from '../enqueue.ts'
import { conflictEntry } from '../entries.ts'
import { conflictPrefix, logKey, recordAddressOf, type RecordAddress } from '../keys.ts'
import { recordIn } from '../records.ts'
import { readClosure, type WaitingRecord } from './closure.ts'
import { endConflicts, remakeAll } from './end-conflicts.ts'

export interface RebaseContext extends Omit<EnqueueContext, 'maxOps'> {
  readonly store: Store
  readonly schema: Schema
  /**
   * What is shown is as new as any verdict: there is nothing to wait for. The version that a verdict told of may never
   * come, be it that the record is gone or that the server lost it.
   */
  readonly isAtHead: boolean
}

/**
 * Makes again what the server answered with `rebase`, on the record as it is here now, with all that belongs to it.
 * Where a person is asked about a part of that, it waits for the answer; where the newer record is not here yet, for
 * that.
 * @returns what was made
 */
export const remakeRebased = async (context: RebaseContext, scope: string): Promise<readonly Operation[]> => {
  const [entries] = await context.store.read([{ scan: conflictPrefix(scope) }])
  const made: Operation[] = []
  for (const { key, value } of entries) {
    const address = recordAddressOf(key)
    if (address === undefined || conflictEntry.decode(value).rebases === undefined) continue
    made.push(...(await remakeOne(context, address)))
  }
  return made
}

const remakeOne = (
  { store, schema, environment, schemaVersion, isAtHead }: RebaseContext,
  address: RecordAddress,
): Promise<readonly Operation[]> =>
  store.update(async (workspace) => {
    await workspace.read([{ get: logKey(address.scope) }])
    const closure = await readClosure(workspace, schema, address)
    const isReady = ({ conflict, address: at }: WaitingRecord): boolean =>
      conflict.fields.length === 0 &&
      (isAtHead || (recordIn(workspace, at).base?.version ?? 0) >= (conflict.rebases ?? 0))
    if (closure.records.length === 0 || !closure.records.every(isReady)) return []
    const context = { schema, environment, schemaVersion, maxOps: Number.POSITIVE_INFINITY }
    try {
      return await endConflicts(workspace, context, closure, remakeAll(workspace, context, closure))
    } catch (error) {
      // What several operations come to may be more than one of them may carry. It must not stop every run.
      if (!hasCode(error, 'TOO_LARGE')) throw error
      return endConflicts(workspace, { ...context, refusal: error }, closure)
    }
  })
