import type { CommitBatch } from '@holdfast/core/storage'

/** An operation as a device stores it; only what the checks look at. */
export interface LocalOperation {
  readonly id: string
  readonly collection: string
  readonly recordId: string
  readonly type: string
  readonly payload: string
  readonly baseVersion: number
  readonly timestamp: number
  readonly opVersion: string
  readonly localSeq: number
  readonly clientSeq?: number
  readonly status: string
  readonly fate: {
    readonly kind: string
    readonly version?: number
    readonly lost?: readonly string[]
    readonly code?: string
  }
}

export interface LocalRecord {
  readonly base?: {
    readonly version: number
    readonly seq: number
    readonly deleted: boolean
    readonly data: string
  }
  readonly overlay: number
  /** Absent: same as the base. Null: no record. */
  readonly shown?: string | null
}

export interface Queued {
  readonly operationId: string
  readonly clientSeq?: number
}

export interface LogHead {
  readonly nextLocalSeq: number
  readonly nextClientSeq: number
  readonly pending: number
  readonly sent: number
  readonly conflicts: number
  readonly deadLetters: number
  /** The generation whose staged rows count as bases. */
  readonly folding?: number
}

/** How far a generation is. */
export interface LocalStaging {
  readonly kind: 'idle' | 'snapshot' | 'pull' | 'drop'
  readonly generation: number
  /** The revision of the cursor that it leads on from. */
  readonly from?: number
  readonly cursor?: string
}

export interface LocalConflict {
  readonly operations: readonly { readonly id: string; readonly localSeq: number }[]
  readonly overwritten: Readonly<Record<string, number>>
}

export interface Address {
  readonly collection: string
  readonly recordId: string
  readonly localSeq: number
}

/** What a device's database holds, read by the documented key layout (docs/decisions/0002) and nothing else. */
export interface Mirror {
  readonly entries: Map<string, string>
  readonly records: Map<string, LocalRecord>
  /** Rows on their way into the records. */
  readonly staged: Map<string, LocalRecord>
  /** Operations that lie on a record, by record and localSeq. */
  readonly overlays: Map<string, Map<number, LocalOperation>>
  readonly queue: Map<number, Queued>
  readonly waiting: Map<number, Queued>
  readonly done: Map<number, LocalOperation>
  readonly dead: Set<number>
  readonly conflicts: Map<string, LocalConflict>
  readonly ids: Map<string, Address>
  /** All operations, wherever they are, by localSeq. */
  readonly operations: Map<number, LocalOperation>
  log: LogHead | undefined
  cursor: { readonly head: number; readonly cursor: string } | undefined
  staging: LocalStaging | undefined
  clientId: string | undefined
  revision: number
}

export const createMirror = (): Mirror => ({
  entries: new Map(),
  records: new Map(),
  staged: new Map(),
  overlays: new Map(),
  queue: new Map(),
  waiting: new Map(),
  done: new Map(),
  dead: new Set(),
  conflicts: new Map(),
  ids: new Map(),
  operations: new Map(),
  log: undefined,
  cursor: undefined,
  staging: undefined,
  clientId: undefined,
  revision: 0,
})

const parse = (text: string): unknown => JSON.parse(text)

const put = <TKey, TValue>(map: Map<TKey, TValue>, key: TKey, value: string | undefined): void => {
  if (value === undefined) map.delete(key)
  else map.set(key, parse(value) as TValue)
}

/** The record that a key is about, as `collection/id`; undefined for other keys. */
export const recordOf = (key: string): string | undefined => {
  const [place, , collection, id] = key.split('/', 4)
  const isAbout = place === 'rec' || place === 'stage' || place === 'op' || place === 'conflict'
  return isAbout ? `${collection}/${id}` : undefined
}

const keep = ({ operations }: Mirror, operation: LocalOperation | undefined): void => {
  if (operation !== undefined) operations.set(operation.localSeq, operation)
}

/** The localSeq of the operation that a key holds; undefined for other keys. */
export const localSeqOf = (key: string): number | undefined =>
  key.startsWith('op/') || key.startsWith('done/') ? Number(key.slice(key.lastIndexOf('/') + 1)) : undefined

const applyOne = (mirror: Mirror, key: string, value: string | undefined): void => {
  if (value === undefined) mirror.entries.delete(key)
  else mirror.entries.set(key, value)
  const [place, first = '', collection = '', id = '', last] = key.split('/')
  const record = `${collection}/${id}`
  switch (place) {
    case 'meta':
      mirror.clientId = value === undefined ? undefined : (parse(value) as { clientId: string }).clientId
      return
    case 'log':
      mirror.log = value === undefined ? undefined : (parse(value) as LogHead)
      return
    case 'cursor':
      mirror.cursor = value === undefined ? undefined : (parse(value) as Mirror['cursor'])
      return
    case 'rec':
      return put(mirror.records, record, value)
    case 'stage':
      return put(mirror.staged, record, value)
    case 'staging':
      mirror.staging = value === undefined ? undefined : (parse(value) as LocalStaging)
      return
    case 'op': {
      const overlay = mirror.overlays.get(record) ?? new Map<number, LocalOperation>()
      mirror.overlays.set(record, overlay)
      put(overlay, Number(last), value)
      return keep(mirror, overlay.get(Number(last)))
    }
    case 'queue':
      return put(mirror.queue, Number(collection), value)
    case 'waiting':
      return put(mirror.waiting, Number(collection), value)
    case 'done':
      put(mirror.done, Number(collection), value)
      return keep(mirror, mirror.done.get(Number(collection)))
    case 'dead':
      if (value === undefined) mirror.dead.delete(Number(collection))
      else mirror.dead.add(Number(collection))
      return
    case 'conflict':
      return put(mirror.conflicts, record, value)
    case 'id':
      return put(mirror.ids, first, value)
    default:
      throw new Error(`The layout has no key like ${key}.`)
  }
}

export const applyCommit = (mirror: Mirror, { writes }: CommitBatch, revision: number): void => {
  for (const { key, value } of writes) applyOne(mirror, key, value)
  mirror.revision = revision
}

/** The operation with this id, wherever it is. */
export const findOperation = (
  { ids, operations }: Mirror,
  operationId: string,
): LocalOperation | undefined => {
  const address = ids.get(operationId)
  return address === undefined ? undefined : operations.get(address.localSeq)
}
