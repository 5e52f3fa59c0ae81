import { BehaviorSubject, Subject, distinctUntilChanged, map, skip, type Observable } from 'rxjs'
import { hasCode } from '../base/errors.ts'
import { createIndexKeeper } from '../data/index-keeper.ts'
import { createScopeEngine, type ScopeEngineOptions } from '../engine/scope-engine.ts'
import { toSyncState, type EngineEvent } from '../engine/states.ts'
import type { SyncProgress } from '../model/progress.ts'
import type { SyncState } from '../model/sync-state.ts'
import { cursorKey, logKey } from '../oplog/keys.ts'
import { logHeadOf } from '../oplog/stored.ts'
import { watchEntry } from '../storage/watch-entry.ts'
import { isSameState } from './combine-states.ts'
import type { EventStream } from './event-stream.ts'

/** One joined scope of a client: its engine, and what the app may know of it. */
export interface ScopeUnit {
  readonly scope: string
  readonly state$: Observable<SyncState>
  readonly state: () => SyncState
  /** True once a complete pull was shown, in this session or an earlier one. */
  readonly ready$: Observable<boolean>
  readonly isReady: () => boolean
  readonly progress$: Observable<SyncProgress | undefined>
  /** Resolves once the indexes of the schema are announced. Never rejects. */
  readonly indexed: Promise<void>
  readonly send: (event: EngineEvent) => void
  /** The database is gone, or newer code has taken it over. */
  readonly lost$: Observable<void>
  readonly close: () => void
}

export interface ScopeUnitOptions {
  readonly engine: ScopeEngineOptions
  /** Whether a complete pull is there already; undefined where nobody has looked. */
  readonly ready: boolean | undefined
  readonly events: EventStream
}

export const createScopeUnit = ({ engine: options, ready, events }: ScopeUnitOptions): ScopeUnit => {
  const { scope, store, schema, environment } = options.cycle
  const indexes = createIndexKeeper({
    store,
    schema,
    scope,
    timers: environment.timers,
    onProblem: events.problem,
  })
  const engine = createScopeEngine(options)
  const states = new BehaviorSubject<SyncState>(toSyncState(engine.state()))
  engine.state$.pipe(map(toSyncState), distinctUntilChanged(isSameState)).subscribe(states)
  const isReady = new BehaviorSubject(ready === true)

  const cursor = watchEntry(store, cursorKey(scope), (value) => {
    const so = value !== undefined
    if (so !== isReady.value) isReady.next(so)
  })
  if (ready === undefined) cursor.read().catch(events.problem)

  const lost$ = new Subject<void>()
  /** Another tab's write is this tab's to send too; what else others do is no reason to ask the server. */
  const lookForWrites = async (): Promise<void> => {
    const stored = await store.get(logKey(scope))
    if (logHeadOf(stored?.value).pending > 0) engine.send({ type: 'written' })
  }
  /** Where the database is gone, or newer code has taken it over, the state has to say so, and not only at the next run. */
  const tellFailure = (error: unknown): void => {
    if (!hasCode(error, 'CLOSED') && !hasCode(error, 'UPGRADE_REQUIRED')) return events.problem(error)
    engine.send({ type: 'requested' })
    lost$.next()
  }
  const otherTabs = store.changes$.subscribe((change) => {
    const concerns =
      change.kind === 'all' || (change.kind === 'external' && change.keys.includes(logKey(scope)))
    if (concerns) lookForWrites().catch(tellFailure)
  })

  // What it begins with is no change.
  const told = states
    .pipe(skip(1))
    .subscribe((state) => events.tell(() => ({ type: 'stateChanged', scope, state })))

  return {
    scope,
    state$: states.asObservable(),
    state: () => states.value,
    ready$: isReady.asObservable(),
    isReady: () => isReady.value,
    progress$: engine.progress$,
    indexed: indexes.start(),
    send: engine.send,
    lost$,
    close() {
      otherTabs.unsubscribe()
      indexes.close()
      cursor.close()
      engine.close()
      told.unsubscribe()
      isReady.complete()
      lost$.complete()
    },
  }
}
