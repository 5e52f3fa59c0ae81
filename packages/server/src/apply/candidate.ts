import { decodePut, putType, type Candidate, type WireOperation } from '@holdfast/core/protocol'
import type { Batch } from './batch.ts'

/** @throws SyncError INVALID (a payload that can't be read) */
export const candidateOf = (batch: Batch, operation: WireOperation): Candidate => {
  const { clientId, userId, now, limits } = batch
  const clamp = (time: number): number => Math.min(time, now + limits.clockAheadMs)
  const { timestamp } = operation
  const candidate = { ...operation, clientId, userId, timestamp: clamp(timestamp) }
  if (operation.type !== putType && operation.type !== 'create') return candidate
  const ages = Object.entries(decodePut(operation.payload).ages)
  if (ages.length === 0) return candidate
  const times = ages.map(([field, age]) => [field, clamp(timestamp - age)] as const)
  return { ...candidate, times: Object.fromEntries(times) }
}
