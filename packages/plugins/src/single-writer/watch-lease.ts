import type { PluginContext } from '@holdfast/core'
import { concat, distinctUntilChanged, EMPTY, map, Observable, of, switchAll } from 'rxjs'
import { readLease, type Guarded, type Lease, type LeaseMark } from './lease.ts'
import { leaseState, type LeaseState } from './lease-state.ts'
import { leasesOf } from './guarded.ts'
import type { Requests } from './requests.ts'

const toLease = (record: unknown): Lease | undefined => (record === undefined ? undefined : readLease(record))

const stateOf = async ({ client }: PluginContext, lease: Lease | undefined): Promise<LeaseState> => {
  const { now, operations } = client()
  const isOwn = lease !== undefined && lease.grant !== '' && (await operations.get(lease.grant)) !== undefined
  return leaseState(lease, { now: await now(), isOwn })
}

/** Each reads the lease of a record of a guarded collection. */
export interface LeaseReader {
  readonly read: (collection: string, id: string) => Promise<LeaseState>
  /** What a write carries; undefined where this device has neither the lease nor asked for it. */
  readonly mark: (collection: string, id: string) => Promise<LeaseMark | undefined>
  /** What is so now, then each change, an expiry among them. */
  readonly watch: (collection: string, id: string) => Observable<LeaseState>
}

export const createLeaseReader = (
  context: PluginContext,
  guarded: Guarded,
  requests: Requests,
): LeaseReader => ({
  async read(collection, id) {
    return stateOf(context, toLease(await leasesOf(context.client(), guarded, collection).get(id)))
  },
  async mark(collection, id) {
    const lease = toLease(await leasesOf(context.client(), guarded, collection).get(id))
    const state = await stateOf(context, lease)
    if (state.kind === 'held') return { fence: state.fence, grant: lease?.grant ?? '' }
    const grant = state.kind === 'asked' ? await requests.open(collection, id) : undefined
    return state.kind === 'asked' && grant !== undefined ? { fence: state.fence, grant } : undefined
  },
  watch(collection, id) {
    const record$ = leasesOf(context.client(), guarded, collection).get$(id)
    const states$ = record$.pipe(map((record) => untilItEnds(context, toLease(record))))
    // With the client everything ends, the timer of the last state too.
    return concat(states$, of(EMPTY)).pipe(
      switchAll(),
      distinctUntilChanged((left, right) => JSON.stringify(left) === JSON.stringify(right)),
    )
  },
})

/** The state, and the one after its end. */
const untilItEnds = (context: PluginContext, lease: Lease | undefined): Observable<LeaseState> =>
  new Observable((subscriber) => {
    const { client, environment } = context
    let cancel = (): void => undefined
    const tell = async (): Promise<void> => {
      const state = await stateOf(context, lease)
      if (subscriber.closed) return
      subscriber.next(state)
      // What becomes of a request the record tells.
      if (state.kind === 'free' || state.kind === 'asked') return
      const left = state.until - (await client().now())
      // Timers may be early.
      const again = (): void => void tell().catch((error: unknown) => subscriber.error(error))
      if (!subscriber.closed) cancel = environment.timers.after(Math.min(Math.max(left, 1), longest), again)
    }
    tell().catch((error: unknown) => subscriber.error(error))
    return () => cancel()
  })

/** What a timer can be set to. */
const longest = 2 ** 31 - 1
