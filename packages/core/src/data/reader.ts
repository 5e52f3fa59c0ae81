import type { Observable } from 'rxjs'
import { portableEquals } from '../base/portable.ts'
import type { RecordData } from '../model/record.ts'
import { logHeadEntry, recordEntry } from '../oplog/entries.ts'
import { logKey, recordKey, recordPrefix } from '../oplog/keys.ts'
import type { Entry, ReadRequest } from '../storage/contract.ts'
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
  readonly feed$: Observable<FeedEvent>
  readonly collection: string
  readonly scopes: () => readonly string[]
}

interface Snapshot {
  readonly entries: readonly Entry[]
  readonly positions: ReadonlyMap<string, number>
}

const shownOf = (entry: Entry): RecordData | undefined => recordEntry.decode(entry.value).shown

export const createReader = ({ store, feed$, collection, scopes }: ReaderOptions): Reader => {
  const concerns = (record: ShownRecord): boolean =>
    record.collection === collection && scopes().includes(record.scope)

  /** From one snapshot: what is asked for in each scope, and how far the scopes' logs are. */
  const readScopes = async (toRequest: (scope: string) => ReadRequest): Promise<Snapshot> => {
    const names = scopes()
    const requests = names.flatMap((scope) => [toRequest(scope), { get: logKey(scope) }])
    const results: readonly (Entry | undefined | readonly Entry[])[] = await store.read(requests)
    const entries: Entry[] = []
    const positions = new Map<string, number>()
    names.forEach((scope, index) => {
      const log = results[2 * index + 1] as Entry | undefined
      // Another tab may have left it: what is still there is on its way out.
      if (log !== undefined && logHeadEntry.decode(log.value).left === true) return
      positions.set(scope, log?.revision ?? 0)
      entries.push(...[results[2 * index] ?? []].flat())
    })
    return { entries, positions }
  }

  const readOne = (id: string): Promise<Snapshot> =>
    readScopes((scope) => ({ get: recordKey({ scope, collection, recordId: id }) }))

  const readAll = (): Promise<Snapshot> => readScopes((scope) => ({ scan: recordPrefix(scope, collection) }))

  const openOne = async (id: string): Promise<OpenedView<RecordData | undefined>> => {
    const { entries, positions } = await readOne(id)
    let value = firstShown(entries)
    const apply = (records: readonly ShownRecord[]): boolean => {
      const mine = records.filter((record) => concerns(record) && record.recordId === id)
      if (mine.length === 0) return false
      value = mine.map(({ record }) => record).findLast((record) => record !== undefined)
      return true
    }
    return { view: { apply, value: () => value }, positions }
  }

  const openMany = async (query: CompiledQuery): Promise<OpenedView<readonly RecordData[]>> => {
    const { entries, positions } = await readAll()
    const window = createResultWindow(query, shownRecords(entries))
    const apply = (records: readonly ShownRecord[]): boolean =>
      window.apply(records.filter(concerns).map(({ recordId, record }) => ({ id: recordId, record })))
    return { view: { apply, value: window.value }, positions }
  }

  return {
    get: async (id) => firstShown((await readOne(id)).entries),
    async find(query) {
      return createResultWindow(compileQuery(query), shownRecords((await readAll()).entries)).value()
    },
    get$: (id) => live({ feed$, open: () => openOne(id), equals: portableEquals }),
    find$(query) {
      const compiled = compileQuery(query)
      return live({ feed$, open: () => openMany(compiled), equals: sameRecords })
    },
  }
}

const firstShown = (entries: readonly Entry[]): RecordData | undefined =>
  entries.map(shownOf).find((shown) => shown !== undefined)

const shownRecords = (entries: readonly Entry[]): readonly RecordData[] =>
  entries.flatMap((entry) => {
    const shown = shownOf(entry)
    return shown === undefined ? [] : [shown]
  })

const sameRecords = (left: readonly RecordData[], right: readonly RecordData[]): boolean =>
  left === right ||
  (left.length === right.length &&
    left.every((record, index) => {
      const other = right[index]
      return other !== undefined && (record === other || portableEquals(record, other))
    }))
