import { Observable } from 'rxjs'
import type { Timers } from '../base/environment.ts'
import { portableEquals } from '../base/portable.ts'
import { shared } from '../base/streams.ts'
import type { IndexFields } from '../model/indexes.ts'
import type { RecordData } from '../model/record.ts'
import type { Schema } from '../model/schema.ts'
import { recordKey } from '../oplog/keys.ts'
import type { Store } from '../storage/store.ts'
import { live, type OpenedView } from './live.ts'
import { createSnapshotReader, type Snapshot } from './one-snapshot.ts'
import { compileQuery, type CompiledQuery } from './query/compile.ts'
import { planCount, planQuery, type Plan } from './query/plan.ts'
import type { AnyQuery } from './query/query.ts'
import { readKeys, readPlan, type Found, type PlanReading } from './read-plan.ts'
import { together, type Reading } from './reading.ts'
import type { FeedEvent } from './record-feed.ts'
import { createCountView, createListView, createRecordView } from './views.ts'

/** Reads what the app sees of one collection, in all scopes of the client. */
export interface Reader {
  readonly get: (id: string) => Promise<RecordData | undefined>
  readonly find: (query: AnyQuery) => Promise<readonly RecordData[]>
  readonly count: (query: AnyQuery) => Promise<number>
  readonly get$: (id: string) => Observable<RecordData | undefined>
  readonly find$: (query: AnyQuery) => Observable<readonly RecordData[]>
  readonly count$: (query: AnyQuery) => Observable<number>
}

export interface ReaderOptions {
  readonly store: Store
  readonly schema: Schema
  readonly feed$: Observable<FeedEvent>
  readonly collection: string
  readonly scopes: () => readonly string[]
  readonly declared: readonly IndexFields[]
  readonly timers: Timers
}

/** In reserve behind a window, at least; and where reading it anew means to read the whole collection. */
const leastSlack = 50
const leastSlackOfScan = 1_000

/** From so many wanted records on, all are read. */
const mostWanted = 1_000_000

export const createReader = (options: ReaderOptions): Reader => {
  const { schema, feed$, collection, scopes, timers } = options
  const readSnapshot = createSnapshotReader(options)

  /** The collection's part of each commit, picked out once for all live queries. */
  const events$ = shared(
    new Observable<FeedEvent>((subscriber) =>
      feed$.subscribe({
        next(event) {
          if (event.kind === 'unknown') return subscriber.next(event)
          if (!scopes().includes(event.scope)) return
          const records = event.records.filter((record) => record.collection === collection)
          const { scope, after, revision, left } = event
          subscriber.next({ kind: 'commit', scope, after, revision, left, records })
        },
        complete: () => subscriber.complete(),
      }),
    ),
  )

  /** Reads each scope by the plan that is best with its indexes. */
  const readScopes = <TResult>(
    planFor: (indexes: readonly IndexFields[]) => Plan,
    readOne: (plan: Plan, reading: PlanReading) => Reading<TResult>,
    { matches, wanted }: Wanted,
  ): Promise<Snapshot<readonly TResult[]>> =>
    readSnapshot(({ scopes: names, indexes, folding, inOneRound }) => {
      const readingOf = (scope: string): PlanReading => {
        const staged = folding.has(scope) ? schema : undefined
        return { scope, collection, matches, wanted, inOneRound, staged }
      }
      return together(names.map((scope) => readOne(planFor(indexes.get(scope) ?? []), readingOf(scope))))
    })

  const readRows = async (query: AnyQuery, wanted: Wanted): Promise<Snapshot<Found>> => {
    const { result, positions } = await readScopes((indexes) => planQuery(query, indexes), readPlan, wanted)
    const found = { rows: result.flatMap(({ rows }) => rows), isAll: result.every(({ isAll }) => isAll) }
    return { result: found, positions }
  }

  const openOne = async (id: string): Promise<OpenedView<RecordData | undefined>> => {
    const { result, positions } = await readRows({ where: { id } }, everything)
    const keys = [...positions.keys()].map((scope) => recordKey({ scope, collection, recordId: id }))
    return { view: createRecordView(keys, result.rows), positions }
  }

  const openList = async (query: AnyQuery, compiled: CompiledQuery): Promise<OpenedView<Records>> => {
    const { matches, to } = compiled
    const slack = Math.max(leastSlack, to)
    const { result, positions } = await readRows(query, { matches, wanted: countOf(to + slack) })
    // Where everything was read, the next time it would be again.
    const reserve = result.isAll ? Math.max(slack, leastSlackOfScan) : slack
    return { view: createListView(compiled, { ...result, slack: reserve }), positions }
  }

  const openCount = async (query: AnyQuery, { matches }: CompiledQuery): Promise<OpenedView<number>> => {
    const planFor = (indexes: readonly IndexFields[]): Plan => planCount(query, indexes)
    const { result, positions } = await readScopes(planFor, readKeys, { ...everything, matches })
    return { view: createCountView(matches, result.flat()), positions }
  }

  return {
    get: async (id) => (await openOne(id)).view.value(),
    async find(query) {
      const compiled = compileQuery(query)
      const { matches, to } = compiled
      const { result } = await readRows(query, { matches, wanted: countOf(to) })
      return createListView(compiled, { rows: result.rows, isAll: true, slack: 0 }).value()
    },
    count: async (query) => (await openCount(query, compileQuery(query))).view.value(),
    get$: (id) => live({ feed$: events$, open: () => openOne(id), equals: portableEquals, timers }),
    find$(query) {
      const compiled = compileQuery(query)
      return live({ feed$: events$, open: () => openList(query, compiled), equals: sameRecords, timers })
    },
    count$(query) {
      const compiled = compileQuery(query)
      return live({ feed$: events$, open: () => openCount(query, compiled), equals: Object.is, timers })
    },
  }
}

type Records = readonly RecordData[]
type Wanted = Pick<PlanReading, 'matches' | 'wanted'>

const everything: Wanted = { matches: () => true, wanted: Number.POSITIVE_INFINITY }

/** A request can't ask for more than a safe integer's worth; so many are better read in one go. */
const countOf = (wanted: number): number => (wanted > mostWanted ? Number.POSITIVE_INFINITY : wanted)

const sameRecords = (left: Records, right: Records): boolean =>
  left === right ||
  (left.length === right.length &&
    left.every((record, index) => {
      const other = right[index]
      return other !== undefined && (record === other || portableEquals(record, other))
    }))
