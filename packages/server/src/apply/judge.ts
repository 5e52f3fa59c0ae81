import { isSyncError, type ErrorCode, type SyncError } from '@holdfast/core'
import {
  collectionOf,
  decide,
  refuseOperation,
  type Candidate,
  type Decision,
  type Place,
  type ServerRow,
  type WireOperation,
} from '@holdfast/core/protocol'
import type { Batch, Gate } from './batch.ts'

const liveData = (row: ServerRow | undefined): ServerRow['data'] | undefined =>
  row === undefined || row.deleted ? undefined : row.data

/** Failures that are not the operation's: they decide nothing, also where they don't pass by themselves. */
const notItsFault: ReadonlySet<ErrorCode> = new Set(['AUTH_REQUIRED', 'UPGRADE_REQUIRED', 'PLUGIN_FAILED'])

const fromError = (operation: WireOperation, place: Place, error: SyncError): Decision =>
  error.disposition === 'retry' || notItsFault.has(error.code)
    ? { kind: 'wait', code: error.code, message: error.message }
    : refuseOperation(operation, place, error)

const frozen = (sent: WireOperation, prepared: WireOperation): WireOperation => ({
  ...prepared,
  id: sent.id,
  clientSeq: sent.clientSeq,
  collection: sent.collection,
  recordId: sent.recordId,
  baseVersion: sent.baseVersion,
})

/** One operation against its record: core's `decide`, then whoever else has a say. */
export const judge = async (
  batch: Batch,
  gate: Gate,
  sent: WireOperation,
  row: ServerRow | undefined,
  seq: number,
): Promise<Decision> => {
  const place: Place = { seq, now: batch.now, schemaVersion: batch.schema.version }
  try {
    const operation = frozen(sent, await gate.prepare(sent))
    const candidate: Candidate = {
      ...operation,
      clientId: batch.clientId,
      userId: batch.userId,
      timestamp: Math.min(operation.timestamp, batch.now + batch.limits.clockAheadMs),
    }
    const decision = decide(collectionOf(batch.schema, operation.collection), row, candidate, place)
    if (decision.kind !== 'write') return decision
    await gate.permit({ operation, before: liveData(row), after: liveData(decision.row) })
    return decision
  } catch (error) {
    if (!isSyncError(error)) throw error
    return fromError(sent, place, error)
  }
}
