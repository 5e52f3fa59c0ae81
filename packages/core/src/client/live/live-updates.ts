import { BehaviorSubject, Subscription, distinctUntilChanged, filter, map, take, type Observable } from 'rxjs'
import type { Environment } from '../../base/environment.ts'
import type { SyncError } from '../../base/errors.ts'
import { latestOfAll, switchTo } from '../../base/streams.ts'
import type { RetryPolicy } from '../../engine/backoff.ts'
import type { SyncState } from '../../model/sync-state.ts'
import { cursorEntry, metaEntry } from '../../oplog/entries.ts'
import { cursorKey, metaKey } from '../../oplog/keys.ts'
import type { Store } from '../../storage/store.ts'
import type { Transport } from '../../transport/contract.ts'
import { ofAllScopes } from '../combine-scopes.ts'
import type { EventStream } from '../event-stream.ts'
import type { ScopeRegistry } from '../scope-registry.ts'
import type { ScopeUnit } from '../scope-unit.ts'
import { liveStreams } from './live-streams.ts'

export interface LiveUpdatesOptions {
  readonly live$: Transport['live$']
  /** There are streams while all of these say so. */
  readonly allowed: readonly (Observable<boolean> | undefined)[]
  readonly registry: ScopeRegistry
  readonly store: Store
  readonly environment: Environment
  readonly retry: RetryPolicy
  readonly events: EventStream
}

/** Pulls when the server tells that there is something to pull, of all scopes that are synced now. */
export const followLive = (options: LiveUpdatesOptions): { readonly close: () => void } => {
  const { live$, allowed, registry, store, environment, retry, events } = options
  if (live$ === undefined) return { close: () => undefined }
  const whole = new Subscription()
  const hinted = new Map<string, number>()

  const wake = (scope: string): void => registry.get(scope)?.send({ type: 'wake' })

  const isBehind = async (scope: string, head: number): Promise<boolean> => {
    const stored = await store.get(cursorKey(scope))
    return stored === undefined || cursorEntry.decode(stored.value).head < head
  }

  /** A run that is under way may bring it: most hints are about what this device has just pushed. */
  const look = (unit: ScopeUnit): void => {
    const standsStill$ = unit.state$.pipe(
      filter(({ status }) => status !== 'syncing'),
      take(1),
    )
    whole.add(
      standsStill$.subscribe(() => {
        const head = hinted.get(unit.scope)
        hinted.delete(unit.scope)
        if (head === undefined) return
        isBehind(unit.scope, head)
          .then((so) => so && wake(unit.scope))
          .catch(events.problem)
      }),
    )
  }

  const heard = (scope: string, head: number): void => {
    const unit = registry.get(scope)
    if (unit === undefined) return
    const isLooking = hinted.has(scope)
    hinted.set(scope, Math.max(head, hinted.get(scope) ?? 0))
    if (!isLooking) look(unit)
  }

  /** What is wrong with a scope its own requests say best. */
  const failed = (scopes: readonly string[], error: SyncError): void => {
    events.tell(() => ({ type: 'liveEnded', scopes, error }))
    if (error.disposition !== 'retry') scopes.forEach(wake)
  }

  const readClientId = async (): Promise<string> => {
    const stored = await store.get(metaKey)
    if (stored === undefined) throw new Error('The local database has no client.')
    return metaEntry.decode(stored.value).clientId
  }

  const synced$ = ofAllScopes(registry, ({ scope, state$ }) =>
    state$.pipe(
      map((state) => (isSyncing(state) ? scope : undefined)),
      distinctUntilChanged(),
    ),
  ).pipe(map((scopes) => scopes.filter((scope) => scope !== undefined)))

  const allowed$ = latestOfAll(allowed.filter((one$) => one$ !== undefined))
  const none$ = new BehaviorSubject<readonly string[]>([])
  const followed$ = switchTo(allowed$, (all) => (all.every(Boolean) ? synced$ : none$))

  whole.add(
    liveStreams({ open$: live$, readClientId, environment, retry, onFailed: failed }, followed$).subscribe({
      next(news) {
        if (news.kind === 'hint') heard(news.scope, news.head)
        else if (news.kind === 'closed') wake(news.scope)
      },
      error: events.problem,
    }),
  )
  return { close: () => whole.unsubscribe() }
}

/** Whether anything is wanted from the server, and may come. */
const isSyncing = ({ status }: SyncState): boolean =>
  status !== 'stopped' && status !== 'offline' && status !== 'blocked'
