import type { AnyCollection } from '../../model/schema.ts'
import type { SyncClientOptions } from '../options.ts'
import { defaultTag } from './background-sync.ts'
import { runSyncOnce, type SyncOnce } from './run-sync-once.ts'

type Collections = Readonly<Record<string, AnyCollection>>

/** What is used of a `sync` or `periodicsync` event. */
export interface SyncEventLike {
  readonly tag: string
  waitUntil(done: Promise<unknown>): void
}

/** What is used of a service worker's global scope. */
export interface WorkerScope {
  addEventListener(type: 'sync' | 'periodicsync', listener: (event: SyncEventLike) => void): void
}

export interface SyncEventsOptions<TCollections extends Collections> {
  /** The client's options, asked when an event comes; undefined: nobody is signed in, and there is nothing to do. */
  readonly open: () =>
    | SyncClientOptions<TCollections>
    | undefined
    | Promise<SyncClientOptions<TCollections> | undefined>
  /** As in the page. Default `holdfast`. */
  readonly tag?: string | undefined
  /** Milliseconds. Default 25,000: Chromium ends a worker after 30 seconds. */
  readonly deadline?: number | undefined
  /** Told what each run came to. */
  readonly onRun?: ((run: SyncOnce) => void) | undefined
  /** Default: the worker that this runs in. */
  readonly scope?: WorkerScope | undefined
}

/**
 * Syncs when the browser wakes the service worker for it. To be called when the worker's script runs, not later. Where something
 * is left the event fails, so that the browser tries again.
 */
export const answerSyncEvents = <TCollections extends Collections>(
  options: SyncEventsOptions<TCollections>,
): void => {
  const { tag = defaultTag, scope = thisWorker() } = options
  const answer = (event: SyncEventLike): void => {
    if (event.tag === tag) event.waitUntil(run(options))
  }
  scope.addEventListener('sync', answer)
  scope.addEventListener('periodicsync', answer)
}

const thisWorker = (): WorkerScope => {
  const worker: unknown = globalThis
  return worker as WorkerScope
}

const run = async <TCollections extends Collections>({
  open,
  deadline,
  onRun,
}: SyncEventsOptions<TCollections>): Promise<void> => {
  const client = await open()
  if (client === undefined) return
  const once = await runSyncOnce(client, { deadline })
  onRun?.(once)
  if (once.undecided === undefined) throw new Error('Time was over before the local database was open.')
  if (once.undecided > 0) throw new Error(`${once.undecided} operations are left (${once.state.status}).`)
}
