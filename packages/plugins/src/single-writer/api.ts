import { isErrorCode, SyncError, type ErrorCode, type Fate, type PluginContext } from '@holdfast/core'
import { filter, firstValueFrom, type Observable } from 'rxjs'
import { leasesOf } from './guarded.ts'
import { freeLease, type Guarded } from './lease.ts'
import type { LeaseState } from './lease-state.ts'
import { requestKey, type LeaseReader, type Requests } from './watch-lease.ts'
import { withinTime } from './within-time.ts'

export interface AskOptions {
  /** How long to wait for the server's word, in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number
}

export type Held = Extract<LeaseState, { readonly kind: 'held' }>

export interface SingleWriterApi {
  /**
   * Asks for the lease of a record, and resolves once this device holds it and shows the record as the last holder left it.
   * @throws SyncError LEASE_LOST (somebody else holds it: `holder`), NETWORK_UNREACHABLE (no word in time: the request is
   * taken back), FORBIDDEN_OR_MISSING
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
  readonly guarded: Guarded
  readonly ttl: number
  readonly reader: LeaseReader
  readonly requests: Requests
}

const defaultTimeout = 10_000

export const createApi = (
  context: PluginContext,
  { guarded, ttl, reader, requests }: Options,
): SingleWriterApi => {
  const { client, environment, user } = context

  const put = async (collection: string, recordId: string): Promise<string> => {
    const name = guarded[collection] ?? ''
    const isKnown = (await leasesOf(client(), guarded, collection).get(recordId)) !== undefined
    const until = (await client().now()) + ttl
    const operationId = await client().transaction(async ({ collections }) => {
      const leases = collections[name]
      if (!isKnown) await leases?.create({ ...freeLease(recordId) })
      const receipt = await leases?.run['acquire']?.(recordId, { holder: user, until })
      return receipt?.operationId ?? ''
    })
    requests.set(requestKey(name, recordId), operationId)
    return operationId
  }

  /** Resolves once the server applied it. @throws SyncError whatever it said instead */
  const applied = async (operationId: string): Promise<void> => {
    const { fate } = await client().operations.settled(operationId)
    if (fate.kind === 'applied') return
    await discard(context, operationId)
    throw refusal(fate)
  }

  const inTime = <TResult>(
    { timeoutMs = defaultTimeout }: AskOptions,
    operationId: string,
    run: () => Promise<TResult>,
  ): Promise<TResult> =>
    withinTime(environment.timers, timeoutMs, run).catch(async (error: unknown) => {
      const isLate = error instanceof SyncError && error.code === 'NETWORK_UNREACHABLE'
      // It may be decided by now: then there is nothing to take back.
      if (isLate)
        await client()
          .operations.cancel(operationId)
          .catch(() => undefined)
      throw error
    })

  const seen = async (
    collection: string,
    recordId: string,
    isIt: (state: LeaseState) => boolean,
  ): Promise<LeaseState> => firstValueFrom(reader.watch(collection, recordId).pipe(filter(isIt)))

  return {
    async acquire(collection, recordId, options = {}) {
      const before = await reader.read(collection, recordId)
      if (before.kind === 'held') return before
      if (before.kind === 'taken') throw lostTo(before)
      const operationId = await put(collection, recordId)
      return inTime(options, operationId, async () => {
        await applied(operationId)
        const state = await seen(collection, recordId, ({ kind }) => kind === 'held' || kind === 'taken')
        if (state.kind === 'held') return state
        throw lostTo(state)
      })
    },
    async ask(collection, recordId) {
      const before = await reader.read(collection, recordId)
      if (before.kind === 'taken') throw lostTo(before)
      if (before.kind === 'free') await put(collection, recordId)
    },
    async renew(collection, recordId, options = {}) {
      const before = await reader.read(collection, recordId)
      if (before.kind !== 'held') throw lostTo(before)
      const { fence, until } = before
      const leases = leasesOf(client(), guarded, collection)
      const { operationId = '' } = (await leases.run['renew']?.(recordId, { fence })) ?? {}
      return inTime(options, operationId, async () => {
        await applied(operationId)
        const isAnswer = (state: LeaseState): boolean => state.kind !== 'held' || state.until !== until
        const state = await seen(collection, recordId, isAnswer)
        if (state.kind === 'held') return state
        throw lostTo(state)
      })
    },
    async release(collection, recordId) {
      const before = await reader.read(collection, recordId)
      if (before.kind !== 'held' && before.kind !== 'asked') return
      await leasesOf(client(), guarded, collection).run['release']?.(recordId, { fence: before.fence })
    },
    state: reader.read,
    state$: reader.watch,
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
