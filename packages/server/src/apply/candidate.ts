import type { Candidate, WireOperation } from '@holdfast/core/protocol'
import type { Batch } from './batch.ts'

export const candidateOf = (batch: Batch, operation: WireOperation): Candidate => ({
  ...operation,
  clientId: batch.clientId,
  userId: batch.userId,
  timestamp: Math.min(operation.timestamp, batch.now + batch.limits.clockAheadMs),
})
