import { isSyncError, SyncError, type ErrorCode } from '@holdfast/core'
import {
  collectionOf,
  decide,
  decodeMove,
  moveType,
  refuseOperation,
  type Decision,
  type Place,
  type WireOperation,
} from '@holdfast/core/protocol'
import { assertKnown, unasked } from './assert-known.ts'
import type { Batch, Gate } from './batch.ts'
import { candidateOf } from './candidate.ts'
import type { ServerDecision, Spot } from './decision.ts'
import { readOnlyRecords } from './further-records.ts'
import { judgeByServer } from './judge-by-server.ts'
import { liveData } from './live-data.ts'
import { askHooks } from './ask-hooks.ts'
import { placeIn } from './place.ts'

/** Failures that are not the operation's: they decide nothing, also where they don't pass by themselves. */
const notItsFault: ReadonlySet<ErrorCode> = new Set(['AUTH_REQUIRED', 'UPGRADE_REQUIRED', 'PLUGIN_FAILED'])

export const fromError = (operation: WireOperation, place: Place, error: SyncError): Decision =>
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
  history: sent.history,
})

/** Decides one operation against its record as it is now. Rejects only with what is no SyncError. */
export type Judge = (batch: Batch, gate: Gate, sent: WireOperation, spot: Spot) => Promise<ServerDecision>

/** A move needs the other scope's lock, which is taken only for a batch that is nothing else. */
const assertNoMove = ({ type, payload, clientSeq }: WireOperation): void => {
  if (type !== moveType) return
  decodeMove(payload)
  throw new SyncError('OUT_OF_ORDER', 'A move comes alone in its batch.', { expected: clientSeq })
}

/** One operation against its record: core's `decide`, then whoever else has a say. */
export const judge: Judge = async (batch, gate, sent, spot) => {
  const { row, seq } = spot
  const place = placeIn(batch, seq)
  try {
    assertNoMove(sent)
    assertKnown(sent, row, batch.schema.version)
    const operation = frozen(sent, await gate.prepare(sent, row))
    const definition = collectionOf(batch.schema, operation.collection)
    const records = readOnlyRecords(spot.find)
    await gate.admit({ operation, before: liveData(row), now: batch.now, records })
    const half = gate.halfOf(operation)
    if (half !== undefined) return await judgeByServer(batch, gate, { operation, half, spot })
    const candidate = candidateOf(batch, operation)
    const decision = decide(definition, row, candidate, place)
    if (decision.kind !== 'write') return unasked(sent, decision, batch.schema.version)
    const further = await askHooks({ batch, gate, candidate, spot, operation, decision })
    return further.length === 0 ? decision : { ...decision, further }
  } catch (error) {
    if (!isSyncError(error)) throw error
    return fromError(sent, place, error)
  }
}
