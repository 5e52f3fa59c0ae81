import type { Environment } from '../base/environment.ts'
import { checkPayloadSize } from '../model/record-size.ts'
import type { BaseRow } from '../model/record.ts'
import { freezePayload } from '../model/typed-fields.ts'
import type { LogHead, RecordEntry } from './entries.ts'
import type { Intent } from './intent.ts'

/** What makes an operation unique, and when it was made. */
export interface OperationStamp {
  readonly operationId: string
  readonly timestamp: number
}

export const stampOf = (
  { operationId }: { readonly operationId?: string | undefined },
  head: LogHead,
  base: BaseRow | undefined,
  { environment }: { readonly environment: Environment },
): OperationStamp => {
  const now = environment.clock.now() + (head.clockOffset ?? 0)
  return {
    operationId: operationId ?? environment.newId(),
    // Hybrid: never behind what this device wrote or has seen of the record, whatever its clock says.
    timestamp: Math.max(now, head.timestamp + 1, (base?.updatedAt ?? 0) + 1),
  }
}

/**
 * Its author has seen the record: what it does to typed fields is fixed from here on.
 * @throws SyncError INVALID, TOO_LARGE
 */
export const freeze = (intent: Intent, { shown, base }: RecordEntry, stamp: OperationStamp): FrozenIntent => {
  const { fieldTypes } = intent.definition
  const maker = { operationId: stamp.operationId, baseVersion: base?.version ?? 0 }
  const payload = freezePayload(fieldTypes, shown, intent.payload, maker)
  if (payload !== intent.payload) checkPayloadSize(payload)
  return { ...intent, ...stamp, payload }
}

export type FrozenIntent = Intent & OperationStamp
