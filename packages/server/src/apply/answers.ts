import { SyncError } from '@holdfast/core'
import type { Result } from '@holdfast/core/protocol'

export const rejected = (id: string, error: SyncError): Result => ({
  id,
  kind: 'rejected',
  code: error.code,
  message: error.message,
})

export const mismatch = (operationId: string): Result =>
  rejected(
    operationId,
    new SyncError('PAYLOAD_MISMATCH', 'Another operation was sent under this id before.', { operationId }),
  )

export const outOfOrder = (id: string, expected: number): Result => ({
  id,
  kind: 'retry',
  code: 'OUT_OF_ORDER',
  message: `Operation ${expected} has to come first.`,
})

export const outcomeUnknown = (operationId: string): SyncError =>
  new SyncError(
    'OUTCOME_UNKNOWN',
    'It was decided, but the verdict is no longer known; it is not applied again.',
    {
      operationId,
    },
  )
