import { filter, firstValueFrom, type Observable } from 'rxjs'

/** The first value that fits; waits for as long as the test may run. */
export const until = <TValue>(
  values$: Observable<TValue>,
  fits: (value: TValue) => boolean,
): Promise<TValue> => firstValueFrom(values$.pipe(filter(fits)))

interface Stateful<TState extends { readonly status: string }> {
  readonly state$: Observable<TState>
}

/** The first state of this status, from now on. */
export const untilStatus = <
  TState extends { readonly status: string },
  const TStatus extends TState['status'],
>(
  { state$ }: Stateful<TState>,
  status: TStatus,
): Promise<Extract<TState, { readonly status: TStatus }>> =>
  until(state$, (state) => state.status === status) as Promise<Extract<TState, { readonly status: TStatus }>>
