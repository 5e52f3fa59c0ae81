import type { Environment } from '../base/environment.ts'
import { checkPayloadSize } from '../model/record-size.ts'
import { deletedField, type BaseRow } from '../model/record.ts'
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
export const freeze = (intent: Intent, record: RecordEntry, stamp: OperationStamp): FrozenIntent => {
  const { shown } = record
  const { fieldTypes } = intent.definition
  const baseVersion = versionSeen(record)
  const maker = { operationId: stamp.operationId, baseVersion }
  // The input of a named operation is the app's own.
  const isPlain = intent.type === 'create' || intent.type === 'update'
  const payload = isPlain ? freezePayload(fieldTypes, shown, intent.payload, maker) : intent.payload
  if (payload !== intent.payload) checkPayloadSize(payload)
  return { ...intent, ...stamp, payload }
}

/** Where edits of this device show a deleted record as it was, what was done to it between is not seen. */
const versionSeen = ({ shown, base, touched }: RecordEntry): number => {
  const isAsItWas = shown !== undefined && !Object.hasOwn(touched, deletedField)
  return (isAsItWas ? base?.dataVersion : undefined) ?? base?.version ?? 0
}

export type FrozenIntent = Intent & OperationStamp
