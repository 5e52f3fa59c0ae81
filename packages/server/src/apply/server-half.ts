import type { RecordData, WireOperation } from '@holdfast/core/protocol'

/** The half of a named operation that runs here. */
export interface ServerHalf {
  /** @throws SyncError the refusal, or what makes the operation wait; anything else fails the transaction */
  readonly run: (call: HalfCall) => Promise<Readonly<Record<string, unknown>>>
}

export interface HalfCall {
  readonly operation: WireOperation
  readonly record: RecordData
  readonly input: unknown
  readonly records: FurtherRecords
}

/** The records of the scope, as the operations and the calls before left them. */
export interface FurtherRecords {
  readonly get: (collection: string, id: string) => Promise<RecordData | undefined>
  readonly update: (collection: string, id: string, patch: unknown) => Promise<void>
  readonly put: (collection: string, id: string, data: unknown) => Promise<void>
  readonly delete: (collection: string, id: string) => Promise<void>
}
