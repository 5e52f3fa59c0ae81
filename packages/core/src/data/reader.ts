import type { Observable } from 'rxjs'
import { portableEquals } from '../base/portable.ts'
import type { RecordData } from '../model/record.ts'
import { recordEntry } from '../oplog/entries.ts'
import { recordKey, recordPrefix } from '../oplog/keys.ts'
import type { Entry } from '../storage/contract.ts'
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

const shownOf = (entry: Entry): RecordData | undefined => recordEntry.decode(entry.value).shown

export const createReader = ({ store, feed$, collection, scopes }: ReaderOptions): Reader => {
  const concerns = (record: ShownRecord): boolean =>
    record.collection === collection && scopes().includes(record.scope)

  const getEntries = async (id: string): Promise<readonly Entry[]> => {
    const requests = scopes().map((scope) => ({ get: recordKey({ scope, collection, recordId: id }) }))
    return (await store.read(requests)).flatMap((entry) => (entry === undefined ? [] : [entry]))
  }

  const scanEntries = async (): Promise<readonly Entry[]> =>
    (await store.read(scopes().map((scope) => ({ scan: recordPrefix(scope, collection) })))).flat()

  const openOne = async (id: string): Promise<OpenedView<RecordData | undefined>> => {
    const entries = await getEntries(id)
    let value = entries.map(shownOf).find((shown) => shown !== undefined)
    const apply = (records: readonly ShownRecord[]): boolean => {
      const mine = records.filter((record) => concerns(record) && record.recordId === id)
      if (mine.length === 0) return false
      value = mine.map(({ record }) => record).findLast((record) => record !== undefined)
      return true
    }
    return { view: { apply, value: () => value }, revisions: revisionsOf(entries) }
  }

  const openMany = async (query: CompiledQuery): Promise<OpenedView<readonly RecordData[]>> => {
    const entries = await scanEntries()
    const window = createResultWindow(query, shownRecords(entries))
    const apply = (records: readonly ShownRecord[]): boolean =>
      window.apply(records.filter(concerns).map(({ recordId, record }) => ({ id: recordId, record })))
    return { view: { apply, value: window.value }, revisions: revisionsOf(entries) }
  }

  return {
    get: async (id) => (await getEntries(id)).map(shownOf).find((shown) => shown !== undefined),
    async find(query) {
      return createResultWindow(compileQuery(query), shownRecords(await scanEntries())).value()
    },
    get$: (id) => live({ feed$, open: () => openOne(id), equals: portableEquals }),
    find$(query) {
      const compiled = compileQuery(query)
      return live({ feed$, open: () => openMany(compiled), equals: sameRecords })
    },
  }
}

const revisionsOf = (entries: readonly Entry[]): ReadonlyMap<string, number> =>
  new Map(entries.map(({ key, revision }) => [key, revision]))

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
      return (
        other !== undefined &&
        (record === other || portableEquals(record, other))
      )
    }))
