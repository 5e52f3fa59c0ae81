import type { Observable } from 'rxjs'
import { portableEquals } from '../base/portable.ts'
import type { RecordData } from '../model/record.ts'
import type { Schema } from '../model/schema.ts'
import { readRecords } from '../oplog/staging/read-records.ts'
import type { Store } from '../storage/store.ts'
import { live, type OpenedView } from './live.ts'
import { compileQuery, type CompiledQuery } from './query/compile.ts'
import type { AnyQuery } from './query/query.ts'
import { createResultWindow } from './query/result-window.ts'
import type { FeedEvent, ShownRecord } from './record-feed.ts'

/** Reads what the app sees of one collection, in all scopes of the client. */
export interface Reader {
  readonly get: (id: string) => Promise<RecordData | undefined>
  readonly find: (query: AnyQuery) => Promise<readonly RecordData[]>
  readonly get$: (id: string) => Observable<RecordData | undefined>
  readonly find$: (query: AnyQuery) => Observable<readonly RecordData[]>
}

export interface ReaderOptions {
  readonly store: Store
  readonly schema: Schema
  readonly feed$: Observable<FeedEvent>
  readonly collection: string
  readonly scopes: () => readonly string[]
}

interface Snapshot {
  readonly shown: readonly RecordData[]
  readonly positions: ReadonlyMap<string, number>
}

export const createReader = ({ store, schema, feed$, collection, scopes }: ReaderOptions): Reader => {
  const concerns = (record: ShownRecord): boolean =>
    record.collection === collection && scopes().includes(record.scope)

  /** From one snapshot: one record or all of them in each scope, and how far the scopes' logs are. */
  const read = async (recordId?: string): Promise<Snapshot> => {
    const places = scopes().map((scope) => ({ scope, collection, recordId }))
    const { records, positions } = await readRecords(store, schema, places)
    const entries = records.flatMap((ofScope) => [...ofScope.values()])
    return { shown: entries.map(({ shown }) => shown).filter((shown) => shown !== undefined), positions }
  }

  const openOne = async (id: string): Promise<OpenedView<RecordData | undefined>> => {
    const { shown, positions } = await read(id)
    let [value] = shown
    const apply = (records: readonly ShownRecord[]): boolean => {
      const mine = records.filter((record) => concerns(record) && record.recordId === id)
      if (mine.length === 0) return false
      value = mine.map(({ record }) => record).findLast((record) => record !== undefined)
      return true
    }
    return { view: { apply, value: () => value }, positions }
  }

  const openMany = async (query: CompiledQuery): Promise<OpenedView<readonly RecordData[]>> => {
    const { shown, positions } = await read()
    const window = createResultWindow(query, shown)
    const apply = (records: readonly ShownRecord[]): boolean =>
      window.apply(records.filter(concerns).map(({ recordId, record }) => ({ id: recordId, record })))
    return { view: { apply, value: window.value }, positions }
  }

  return {
    get: async (id) => (await read(id)).shown[0],
    async find(query) {
      return createResultWindow(compileQuery(query), (await read()).shown).value()
    },
    get$: (id) => live({ feed$, open: () => openOne(id), equals: portableEquals }),
    find$(query) {
      const compiled = compileQuery(query)
      return live({ feed$, open: () => openMany(compiled), equals: sameRecords })
    },
  }
}

const sameRecords = (left: readonly RecordData[], right: readonly RecordData[]): boolean =>
  left === right ||
  (left.length === right.length &&
    left.every((record, index) => {
      const other = right[index]
      return other !== undefined && (record === other || portableEquals(record, other))
    }))
