import { filter, firstValueFrom, take } from 'rxjs'
import type { SyncState } from '../../model/sync-state.ts'
import type { AnyCollection } from '../../model/schema.ts'
import { hasCode } from '../../base/errors.ts'
import { systemEnvironment } from '../../base/system-environment.ts'
import { createSyncClient } from '../create-sync-client.ts'
import type { SyncClientOptions } from '../options.ts'
import type { SyncClient } from '../sync-client.ts'

type Collections = Readonly<Record<string, AnyCollection>>

export interface RunSyncOptions {
  /** Milliseconds after which it ends, done or not: what the system grants a task. Default 25,000. */
  readonly deadline?: number | undefined
  /** Ends it at once. */
  readonly signal?: AbortSignal | undefined
}

/** What a run came to. */
export interface SyncOnce {
  readonly state: SyncState
  /** Operations that the server has not decided yet; undefined: time ran out before the local database was open. */
  readonly undecided: number | undefined
  /** False where time ran out, or the network is to be saved: the next run goes on from there. */
  readonly isDone: boolean
}

/**
 * Opens the user's local database, syncs it and closes it again, within a deadline: for a `sync` event of a service worker, or a
 * background task of a phone. A batch that is under way at the deadline is given up and sent again by whoever syncs next; the
 * server tells that it has it.
 * @throws SyncError what `createSyncClient` throws
 */
export const runSyncOnce = async <TCollections extends Collections>(
  options: SyncClientOptions<TCollections>,
  { deadline = 25_000, signal }: RunSyncOptions = {},
): Promise<SyncOnce> => {
  const { timers } = options.environment ?? systemEnvironment
  let isOver = false
  let end = (): void => undefined
  const over = new Promise<void>((resolve) => {
    end = () => {
      isOver = true
      resolve()
    }
  })
  const cancel = timers.after(deadline, end)
  signal?.addEventListener('abort', end, { once: true })
  if (signal?.aborted === true) end()
  const opening = createSyncClient({ ...options, autoStart: false })
  try {
    const client = await Promise.race([opening, over])
    if (client === undefined) return { state: { status: 'stopped' }, undecided: undefined, isDone: false }
    if (!isOver) await Promise.race([syncAll(client), over])
    const undecided = await undecidedOf(client)
    return { state: client.state, undecided, isDone: client.state.status === 'synced' && undecided === 0 }
  } finally {
    cancel()
    signal?.removeEventListener('abort', end)
    // One that is still being opened is closed once it is there; nobody waits for it.
    const closing = opening.then((client) => client.close())
    if (isOver) closing.catch(() => undefined)
    else await closing
  }
}

/** @throws SyncError UPGRADE_REQUIRED, or a storage code */
const undecidedOf = async ({
  operations,
  queue$,
}: Pick<SyncClient<Collections>, 'operations' | 'queue$'>): Promise<number> => {
  try {
    // `queue$` does not say why it can't be read: the app is too old, say, or a page has wiped the data.
    await operations.get('')
  } catch (error) {
    if (hasCode(error, 'CLOSED')) return 0
    throw error
  }
  const { pending, sent } = await firstValueFrom(queue$)
  return pending + sent
}

const syncAll = async ({
  start,
  state$,
}: Pick<SyncClient<Collections>, 'start' | 'state$'>): Promise<void> => {
  start()
  const standsStill$ = state$.pipe(
    filter(({ status }) => status !== 'syncing' && status !== 'stopped'),
    take(1),
  )
  await firstValueFrom(standsStill$, { defaultValue: undefined })
}
