import type { Changes } from '../store/contract.ts'

/** What one committed batch did: names and versions, and no values. */
export interface OutboxEvent {
  readonly scope: string
  /** Where the scope's feed stood then. Scope and head name the event. */
  readonly head: number
  /** Whose batch it was. */
  readonly userId: string
  /** The device's client id; `$server` for server code. */
  readonly clientId: string
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number
  readonly records: readonly OutboxRecord[]
  /** Of a device: all that were decided, those that were refused, too. */
  readonly operations: readonly OutboxOperation[]
}

export interface OutboxRecord {
  readonly collection: string
  readonly id: string
  readonly version: number
  readonly deleted: boolean
}

export interface OutboxOperation {
  readonly id: string
  readonly collection: string
  readonly recordId: string
  readonly type: string
  /** `applied`, `merged`, `rejected`, `conflict`, ... */
  readonly kind: string
}

type Told = Omit<OutboxEvent, 'scope' | 'head'>

/** Undefined where nothing changed. */
export const eventOf = (
  { rows, operations, client, at }: Changes,
  serverAuthor: string,
): string | undefined => {
  const [first] = rows
  if (first === undefined || at === undefined) return undefined
  const told: Told = {
    userId: client?.userId ?? first.updatedBy,
    clientId: client?.clientId ?? serverAuthor,
    at,
    records: rows.map(({ collection, id, version, deleted }) => ({ collection, id, version, deleted })),
    operations: operations.map(({ operationId: id, collection, recordId, type, verdict }) => ({
      id,
      collection,
      recordId,
      type,
      kind: verdict.kind,
    })),
  }
  return JSON.stringify(told)
}

export const readEvent = (scope: string, head: number, event: string): OutboxEvent => ({
  scope,
  head,
  ...(JSON.parse(event) as Told),
})
