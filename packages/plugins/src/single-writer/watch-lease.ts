import type { PluginContext } from '@holdfast/core'
import {
  combineLatest,
  concat,
  distinctUntilChanged,
  EMPTY,
  filter,
  map,
  Observable,
  of,
  startWith,
  switchAll,
  switchMap,
} from 'rxjs'
import { readLease, type Lease, type LeaseMark } from './lease.ts'
import { leaseState, type LeaseState } from './lease-state.ts'
import type { LeasePlace } from './places.ts'
import type { Requests } from './requests.ts'

const toLease = (record: unknown): Lease | undefined => (record === undefined ? undefined : readLease(record))

const stateOf = async ({ client }: PluginContext, lease: Lease | undefined): Promise<LeaseState> => {
  const { now, clientId } = client()
  const isOwn = lease !== undefined && lease.device === (await clientId())
  return leaseState(lease, { now: await now(), isOwn })
}

/** Each reads the lease of a record of a guarded collection. */
export interface LeaseReader {
  readonly read: (place: LeasePlace) => Promise<LeaseState>
  /** What a write carries; undefined where this device has neither the lease nor asked for it. */
  readonly mark: (place: LeasePlace) => Promise<LeaseMark | undefined>
  /** What is so now, then each change, an expiry among them. Without a place it is free. */
  readonly watch: (place$: Observable<LeasePlace | undefined>) => Observable<LeaseState>
}

export const createLeaseReader = (context: PluginContext, requests: Requests): LeaseReader => ({
  async read({ leases, id }) {
    return stateOf(context, toLease(await leases.get(id)))
  },
  async mark(place) {
    const lease = toLease(await place.leases.get(place.id))
    const state = await stateOf(context, lease)
    if (state.kind === 'held') return { fence: state.fence, grant: lease?.grant ?? '' }
    const grant = state.kind === 'asked' ? await requests.open(place) : undefined
    return state.kind === 'asked' && grant !== undefined ? { fence: state.fence, grant } : undefined
  },
  watch(place$) {
    const record$ = place$.pipe(switchMap((place) => place?.leases.get$(place.id) ?? of(undefined)))
    // Who changes its client id has lost what it held, though nothing of the lease changes.
    const forked$ = context.client().events$.pipe(
      filter(({ type }) => type === 'forked'),
      startWith(undefined),
    )
    const states$ = combineLatest([record$, forked$]).pipe(
      map(([record]) => untilItEnds(context, toLease(record))),
    )
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
