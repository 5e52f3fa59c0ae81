import { isErrorCode, SyncError, type ErrorCode, type Fate, type PluginContext } from '@holdfast/core'
import { EmptyError, filter, firstValueFrom, fromEvent, of, takeUntil, type Observable } from 'rxjs'
import type { LeaseState } from './lease-state.ts'
import type { LeasePlace, LeasePlaces } from './places.ts'
import type { Requests } from './requests.ts'
import type { LeaseReader } from './watch-lease.ts'
import { withinTime } from './within-time.ts'

export interface AskOptions {
  /** How long to wait for the server's word, in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number
}

export type Held = Extract<LeaseState, { readonly kind: 'held' }>

export interface SingleWriterApi {
  /**
   * Asks for the lease of a record, and resolves once this device holds it and shows the record as the last holder left it.
   * Where it was asked for already it waits for that request.
   * @throws SyncError LEASE_LOST (somebody else holds it: `holder`), NETWORK_UNREACHABLE (no word in time: its request is
   * taken back, and the lease given back if it was granted after all), FORBIDDEN_OR_MISSING, NOT_FOUND (with several scopes:
   * the record is in none of them)
   */
  readonly acquire: (collection: string, recordId: string, options?: AskOptions) => Promise<Held>
  /**
   * Asks without waiting, and lets this device write at once: for records that were just created, or where nobody else is
   * likely. If the lease is not granted in the end, what was written under it becomes dead letters.
   * @throws SyncError LEASE_LOST
   */
  readonly ask: (collection: string, recordId: string) => Promise<void>
  /**
   * Holds it for another while, counted from when the server is asked.
   * @throws SyncError LEASE_LOST, NETWORK_UNREACHABLE
   */
  readonly renew: (collection: string, recordId: string, options?: AskOptions) => Promise<Held>
  /** Gives it back, with all that was written before; without effect where it is not held. */
  readonly release: (collection: string, recordId: string) => Promise<void>
  readonly state: (collection: string, recordId: string) => Promise<LeaseState>
  /** What is so now, then each change. */
  readonly state$: (collection: string, recordId: string) => Observable<LeaseState>
}

interface Options {
  readonly places: LeasePlaces
  readonly reader: LeaseReader
  readonly requests: Requests
}

interface Watched {
  readonly place: LeasePlace
  readonly over?: AbortSignal
}

const defaultTimeout = 10_000
const keyOf = ({ name, id }: LeasePlace): string => `${name}/${id}`

export const createApi = (context: PluginContext, { places, reader, requests }: Options): SingleWriterApi => {
  const { client, environment } = context
  /** How many wait for a request that `acquire` made: it is taken back when the last one gives up. */
  const waiting = new Map<string, number>()
  /** The newest request of each lease that `ask` relies on: it stays. */
  const relied = new Map<string, string>()
  /** Given up, and perhaps granted after all. */
  const unwanted = new Set<string>()

  /** Resolves once the server applied it. @throws SyncError whatever it said instead */
  const applied = async (operationId: string): Promise<void> => {
    const { fate } = await client().operations.settled(operationId)
    if (fate.kind === 'applied') return
    await discard(context, operationId)
    throw refusal(fate)
  }

  const inTime = <TResult>(
    { timeoutMs = defaultTimeout }: AskOptions,
    {
      run,
      onLate,
    }: { readonly run: (over: AbortSignal) => Promise<TResult>; readonly onLate: () => Promise<void> },
  ): Promise<TResult> =>
    withinTime(environment.timers, timeoutMs, run).catch(async (error: unknown) => {
      if (error instanceof SyncError && error.code === 'NETWORK_UNREACHABLE') await onLate()
      throw error
    })

  /** It may be decided by now: then there is nothing to take back. */
  const takeBack = (operationId: string): Promise<void> =>
    client()
      .operations.cancel(operationId)
      .catch(() => undefined)

  const seen = ({ place, over }: Watched, isIt: (state: LeaseState) => boolean): Promise<LeaseState> => {
    const state$ = reader.watch(of(place)).pipe(filter(isIt))
    const inTime$ = over === undefined ? state$ : state$.pipe(takeUntil(fromEvent(over, 'abort')))
    return firstValueFrom(inTime$).catch((error: unknown) => {
      if (!(error instanceof EmptyError)) throw error
      throw new SyncError('CLOSED', 'The client was closed before the lease was shown.', {})
    })
  }

  const release = async (place: LeasePlace): Promise<void> => {
    const before = await reader.read(place)
    if (before.kind !== 'held' && before.kind !== 'asked') return
    const grant = before.kind === 'asked' ? await requests.open(place) : undefined
    const input = { fence: before.fence, ...(grant === undefined ? {} : { grant }) }
    await place.leases.run['release']?.(place.id, input)
  }

  /** The server may have granted it before it heard that nobody waits. */
  const giveBack = async (place: LeasePlace, operationId: string): Promise<void> => {
    const { fate } = await client().operations.settled(operationId)
    if (fate.kind !== 'applied') return
    await seen({ place }, ({ kind }) => kind !== 'asked')
    if (unwanted.delete(keyOf(place))) await release(place)
  }

  return {
    async acquire(collection, recordId, options = {}) {
      const place = await places.locate(collection, recordId)
      const key = keyOf(place)
      unwanted.delete(key)
      const before = await reader.read(place)
      if (before.kind === 'held') return before
      if (before.kind === 'taken') throw lostTo(before)
      const wasOpen = (await requests.open(place)) !== undefined
      const operationId = await requests.put(place)
      // Made by `ask`, by another tab or before the last start: others rely on it.
      const isOfOthers = wasOpen && !waiting.has(operationId)
      const count = (by: 1 | -1): void => {
        const left = (waiting.get(operationId) ?? 0) + by
        if (left > 0) waiting.set(operationId, left)
        else waiting.delete(operationId)
      }
      const answer = async (over: AbortSignal): Promise<Held> => {
        const refused = await applied(operationId).catch((error: unknown) => ({ error }))
        // Another tab of this device may have been first.
        const state =
          refused === undefined
            ? await seen({ place, over }, ({ kind }) => kind === 'held' || kind === 'taken')
            : await reader.read(place)
        if (state.kind === 'held') return state
        throw refused === undefined ? lostTo(state) : refused.error
      }
      const onLate = async (): Promise<void> => {
        if (isOfOthers || waiting.get(operationId) !== 1 || relied.get(key) === operationId) return
        await takeBack(operationId)
        unwanted.add(key)
        void giveBack(place, operationId).catch(() => undefined)
      }
      if (!isOfOthers) count(1)
      return inTime(options, { run: answer, onLate }).finally(() => {
        if (!isOfOthers) count(-1)
      })
    },
    async ask(collection, recordId) {
      const place = await places.locate(collection, recordId)
      const key = keyOf(place)
      unwanted.delete(key)
      const before = await reader.read(place)
      if (before.kind === 'taken') throw lostTo(before)
      if (before.kind === 'held') return
      relied.set(key, await requests.put(place))
    },
    async renew(collection, recordId, options = {}) {
      const place = await places.locate(collection, recordId)
      const before = await reader.read(place)
      if (before.kind !== 'held') throw lostTo(before)
      const { fence, until } = before
      const { operationId = '' } = (await place.leases.run['renew']?.(place.id, { fence })) ?? {}
      return inTime(options, {
        async run(over) {
          await applied(operationId)
          const isAnswer = (state: LeaseState): boolean => state.kind !== 'held' || state.until !== until
          const state = await seen({ place, over }, isAnswer)
          if (state.kind === 'held') return state
          throw lostTo(state)
        },
        onLate: () => takeBack(operationId),
      })
    },
    async release(collection, recordId) {
      const place = await places.find(collection, recordId)
      if (place !== undefined) await release(place)
    },
    async state(collection, recordId) {
      const place = await places.find(collection, recordId)
      return place === undefined ? { kind: 'free' } : reader.read(place)
    },
    state$: (collection, recordId) => reader.watch(places.watch(collection, recordId)),
  }
}

/** Requests for leases are nobody's work: those that were refused need no one to look at them. */
export const discard = ({ client }: PluginContext, operationId: string): Promise<void> =>
  client()
    .deadLetters.discard(operationId)
    // Somebody else did, or it belongs to one that is gone.
    .catch(() => undefined)

export const lostTo = (state: LeaseState): SyncError =>
  state.kind === 'taken'
    ? new SyncError('LEASE_LOST', `${state.holder} edits it now.`, { holder: state.holder })
    : new SyncError('LEASE_LOST', 'Acquire the lease of the record before you write to it.', {})

const refusal = (fate: Fate): SyncError => {
  if (fate.kind === 'rejected' && fate.code === 'LEASE_LOST') {
    const { message, holder } = fate
    return new SyncError('LEASE_LOST', message, holder === undefined ? {} : { holder })
  }
  const code: ErrorCode = fate.kind === 'rejected' && isErrorCode(fate.code) ? fate.code : 'LEASE_LOST'
  const message = fate.kind === 'rejected' ? fate.message : `The request ended as ${fate.kind}.`
  return new SyncError<ErrorCode>(code, message, {})
}
