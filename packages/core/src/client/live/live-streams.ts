import { Observable, Subscription, distinctUntilChanged, map } from 'rxjs'
import type { Environment } from '../../base/environment.ts'
import { SyncError } from '../../base/errors.ts'
import { switchTo } from '../../base/streams.ts'
import { toSyncError } from '../../base/to-sync-error.ts'
import { waitFor, type RetryPolicy } from '../../engine/backoff.ts'
import { maxLiveScopes } from '../../protocol/live.ts'
import { protocolVersion } from '../../protocol/version.ts'
import type { LiveNews } from '../../transport/live-news.ts'
import type { Transport } from '../../transport/contract.ts'

export interface LiveStreamsOptions {
  readonly open$: NonNullable<Transport['live$']>
  readonly readClientId: () => Promise<string>
  readonly environment: Environment
  readonly retry: RetryPolicy
  /** A stream ended that should not have. */
  readonly onFailed: (scopes: readonly string[], error: SyncError) => void
}

/**
 * What the server tells of these scopes: over one stream, or several where they are many, that are opened again whenever
 * they end.
 */
export const liveStreams = (
  options: LiveStreamsOptions,
  scopes$: Observable<readonly string[]>,
): Observable<LiveNews> => {
  const list$ = scopes$.pipe(
    map((scopes) => scopes.toSorted()),
    distinctUntilChanged(
      (left, right) => left.length === right.length && left.every((scope, at) => scope === right[at]),
    ),
  )
  return switchTo(list$, (scopes) => allStreams(options, scopes))
}

const allStreams = (options: LiveStreamsOptions, scopes: readonly string[]): Observable<LiveNews> =>
  new Observable((subscriber) => {
    for (const some of inStreams(scopes)) {
      const next = (news: LiveNews): void => subscriber.next(news)
      const error = (reason: unknown): void => subscriber.error(reason)
      subscriber.add(stream(options, some).subscribe({ next, error }))
    }
  })

/** Characters: names travel in a URL, of which many servers take 8,000. */
const longestNames = 5_000

const inStreams = (scopes: readonly string[]): readonly (readonly string[])[] => {
  const streams: string[][] = []
  let left = 0
  for (const scope of scopes) {
    const length = encodeURIComponent(`${JSON.stringify(scope)},`).length
    const last = streams.at(-1)
    const hasRoom = last !== undefined && last.length < maxLiveScopes && length <= left
    if (hasRoom) last.push(scope)
    else streams.push([scope])
    left = (hasRoom ? left : longestNames) - length
  }
  return streams
}

/** So many heartbeats may be missed, as a network may hold one back. */
const patience = 2.5

/** Milliseconds: one that lasted so long counts as a success. */
const lasting = 10_000

const stream = (options: LiveStreamsOptions, scopes: readonly string[]): Observable<LiveNews> =>
  new Observable((subscriber) => {
    const { open$, readClientId, environment, retry, onFailed } = options
    const { clock, timers, random } = environment
    const whole = new Subscription()
    let current = Subscription.EMPTY
    let attempt = 0

    const after = (ms: number, run: () => void): Subscription => {
      const cancel = timers.after(ms, () => {
        timer.unsubscribe()
        run()
      })
      const timer = new Subscription(cancel)
      whole.add(timer)
      return timer
    }

    const openLater = (error: SyncError | undefined, asked: number): void => {
      if (error !== undefined) onFailed(scopes, error)
      const failure = { error: error ?? over, jitter: random.next() }
      after(Math.max(asked, waitFor(retry, attempt, failure)), reconnect)
    }

    const connect = async (): Promise<void> => {
      const clientId = await readClientId()
      if (whole.closed) return
      const start = clock.monotonic()
      let watch = Subscription.EMPTY
      let beatMs: number | undefined
      let asked = 0
      current = new Subscription()
      whole.add(current)
      const own = current
      const comeBack = (error: SyncError | undefined): void => {
        if (own.closed) return
        own.unsubscribe()
        watch.unsubscribe()
        attempt = clock.monotonic() - start >= lasting ? 1 : attempt + 1
        openLater(error, asked)
      }
      const stayAwake = (): void => {
        watch.unsubscribe()
        if (beatMs !== undefined && !own.closed) watch = after(beatMs * patience, () => comeBack(silent()))
      }
      own.add(
        open$({ protocol: protocolVersion, clientId, scopes: [...scopes] }).subscribe({
          next(news) {
            if (news.kind === 'open') beatMs = news.beatMs
            if (news.kind === 'end') asked = news.retryAfterMs
            stayAwake()
            subscriber.next(news)
          },
          error: (error: unknown) => comeBack(toSyncError(error)),
          complete: () => comeBack(undefined),
        }),
      )
    }
    const reconnect = (): void => {
      connect().catch((error: unknown) => {
        if (whole.closed) return
        attempt += 1
        openLater(toSyncError(error), 0)
      })
    }
    reconnect()
    return () => whole.unsubscribe()
  })

const over = new SyncError('NETWORK_UNREACHABLE', 'The live stream ended; it will be opened again.', {
  reason: 'ended',
})

const silent = (): SyncError =>
  new SyncError('NETWORK_UNREACHABLE', 'The live stream went silent; it will be opened again.', {
    reason: 'silent',
  })
