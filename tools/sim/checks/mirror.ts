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
}

export interface LocalConflict {
  readonly operations: readonly { readonly id: string; readonly localSeq: number }[]
  readonly overwritten: Readonly<Record<string, number>>
}

export interface StoredIndex {
  readonly fields: readonly string[]
  readonly state: 'building' | 'ready' | 'removing'
}

/** By collection and name. */
export type Indexes = Readonly<Record<string, Readonly<Record<string, StoredIndex>>>>

export interface Address {
  readonly collection: string
  readonly recordId: string
  readonly localSeq: number
}

/** What a device's database holds, read by the documented key layout (docs/decisions/0002) and nothing else. */
export interface Mirror {
  readonly entries: Map<string, string>
  readonly records: Map<string, LocalRecord>
  /** Operations that lie on a record, by record and localSeq. */
  readonly overlays: Map<string, Map<number, LocalOperation>>
  readonly queue: Map<number, Queued>
  readonly waiting: Map<number, Queued>
  readonly done: Map<number, LocalOperation>
  readonly dead: Set<number>
  readonly conflicts: Map<string, LocalConflict>
  readonly ids: Map<string, Address>
  /** The keys of a record's entries in indexes, by record. */
  readonly indexEntries: Map<string, Set<string>>
  /** The last record that was put into an index that is being built, by the index's collection and name. */
  readonly built: Map<string, string>
  indexes: Indexes
  /** All operations, wherever they are, by localSeq. */
  readonly operations: Map<number, LocalOperation>
  log: LogHead | undefined
  cursor: { readonly head: number; readonly cursor: string } | undefined
  clientId: string | undefined
  revision: number
}

export const createMirror = (): Mirror => ({
  entries: new Map(),
  records: new Map(),
  overlays: new Map(),
  queue: new Map(),
  waiting: new Map(),
  done: new Map(),
  dead: new Set(),
  conflicts: new Map(),
  ids: new Map(),
  indexEntries: new Map(),
  built: new Map(),
  indexes: {},
  operations: new Map(),
  log: undefined,
  cursor: undefined,
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
  if (key.startsWith('idx/')) {
    const [, , collection, , , id] = key.split('/', 6)
    return `${collection}/${id}`
  }
  if (!key.startsWith('rec/') && !key.startsWith('op/') && !key.startsWith('conflict/')) return undefined
  const [, , collection, id] = key.split('/', 4)
  return `${collection}/${id}`
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
    case 'indexes':
      mirror.indexes = value === undefined ? {} : (parse(value) as Indexes)
      return
    case 'built': {
      const index = `${collection}/${id}`
      if (value === undefined) mirror.built.delete(index)
      else mirror.built.set(index, value)
      return
    }
    case 'idx': {
      const owner = recordOf(key) ?? ''
      const keys = mirror.indexEntries.get(owner) ?? new Set()
      mirror.indexEntries.set(owner, keys)
      if (value === undefined) keys.delete(key)
      else keys.add(key)
      return
    }
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
