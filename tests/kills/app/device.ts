import { createSyncClient, type SyncEvent } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { createSeededRandom } from '@holdfast/core/testing'
import { trpcTransport } from '@holdfast/core/trpc'
import { distinctUntilChanged, filter, firstValueFrom, map, skipWhile } from 'rxjs'
import { findAll } from './find.ts'
import { performStep, type KillsClient } from './perform.ts'
import { createPlanner } from './planner.ts'
import { killsSchema, killsScope } from './schema.ts'
import type { Found, Tell } from './told.ts'

export interface DeviceOptions {
  readonly storage: StorageAdapter
  /** Of the sync endpoint. */
  readonly url: string
  /** Names the device and its user. */
  readonly name: string
}

/** A real client, not started. It waits briefly: there is much to go through. */
export const openDevice = ({ storage, url, name }: DeviceOptions): Promise<KillsClient> =>
  createSyncClient({
    schema: killsSchema,
    user: name,
    storage,
    transport: trpcTransport({ url, path: '', headers: () => ({ authorization: name }) }),
    scopes: [killsScope],
    autoStart: false,
    retry: { base: 20, cap: 100 },
  })

export interface WorkOptions extends DeviceOptions {
  readonly seed: string
  /** The number of its first write. */
  readonly first: number
  readonly shared: readonly string[]
  /** Up to so many milliseconds pass between two steps. */
  readonly pauseMs: number
  readonly tell: Tell
  /** No further write then. */
  readonly stop: AbortSignal
}

/** Then it waits for the server: a queue that only grows would make batches that no short-lived server brings to an end. */
const mostUndecided = 100

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

const ownMarks = ({ records }: Found, device: string): ReadonlyMap<string, number> =>
  new Map(
    records
      .filter(({ collection, id }) => collection === 'own' && id.startsWith(`${device}-`))
      .map(({ id, marks }) => [id, marks.length]),
  )

/** Calls `report` with the number of operations whose decision is heard late: as a copy's, or because it was asked for. */
const countLostAnswers = (report: (operations: number) => void): ((event: SyncEvent) => void) => {
  let isOwnAnswer = false
  return (event) => {
    if (event.type === 'pushed') {
      isOwnAnswer = true
      if (event.results.duplicate !== undefined) report(event.results.duplicate)
    }
    if (event.type !== 'decided') return
    if (!isOwnAnswer && event.verdicts.length > 0) report(event.verdicts.length)
    isOwnAnswer = false
  }
}

const tellRuns = ({ state$ }: KillsClient, tell: Tell): void => {
  const runs$ = state$.pipe(
    map(({ status }) => status === 'syncing'),
    distinctUntilChanged(),
    skipWhile((isRunning) => !isRunning),
  )
  runs$.subscribe((isRunning) => void tell({ kind: isRunning ? 'syncs' : 'rests' }))
}

/** Opens, writes and syncs until it is told to stop, or killed. */
export const work = async (options: WorkOptions): Promise<KillsClient> => {
  const { name, seed, first, shared, tell, stop } = options
  const random = createSeededRandom(seed)
  await tell({ kind: 'opens' })
  const client = await openDevice(options)
  client.events$.subscribe(countLostAnswers((operations) => void tell({ kind: 'answerLost', operations })))
  const found = await findAll(client)
  tellRuns(client, tell)
  client.start()
  if (shared.length > 0) await firstValueFrom(client.ready$.pipe(filter((isReady) => isReady)))
  await tell({ kind: 'works', found })
  const plan = createPlanner({ device: name, random, first, own: ownMarks(found, name), shared })
  let undecided = 0
  client.queue$.subscribe(({ pending, sent }) => {
    undecided = pending + sent
  })
  while (!stop.aborted) {
    if (undecided < mostUndecided) await performStep(client, plan(), tell)
    await pause(random.next() * options.pauseMs)
  }
  return client
}

/** Resolves when it does, or else after so many milliseconds. */
const within = (ms: number, work: Promise<void>): Promise<void> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(resolve, ms)
    work.finally(() => clearTimeout(late)).then(resolve, reject)
  })

/** When faults stop, a device is done within a bounded time. */
const longestSettlingMs = 60_000

/** Syncs until there is nothing left to do, and tells what there is then. */
export const settle = async (client: KillsClient, tell: Tell): Promise<void> => {
  const sync = async (): Promise<void> => {
    // One more run, whatever the last one was: what others wrote is here too then.
    await client.syncNow()
    const ended = client.state$.pipe(filter(({ status }) => status === 'synced' || status === 'blocked'))
    await firstValueFrom(ended)
  }
  await within(longestSettlingMs, sync())
  await tell({ kind: 'settled', found: await findAll(client), state: textOf(client.state) })
}

const textOf = (state: KillsClient['state']): string => {
  if (state.status === 'blocked') return `blocked ${state.error.code}`
  if (state.status !== 'synced') return state.status
  return `synced, ${state.conflicts} conflicts, ${state.deadLetters} dead letters`
}
