import { SyncError, type Environment } from '@holdfast/core'
import type { ServerStore } from '../store/contract.ts'
import type { Deps } from './deps.ts'

/** As a gateway says it: devices send less in the next request. */
const gatewayTimeout = 504

const tookTooLong = (ms: number): SyncError =>
  new SyncError('SERVER_FAILED', `The server did not get there within ${ms} ms; it will be tried again.`, {
    status: gatewayTimeout,
  })

/**
 * One request, which is given up after `limits.requestMs`. What it has committed by then stands, and a copy of it gets that as
 * its verdict; what it is doing then is rolled back, and it begins nothing further.
 * @throws SyncError SERVER_FAILED with the status 504
 */
export const inTime = <TContext, TDatabase, TAnswer>(
  deps: Deps<TContext, TDatabase>,
  onLocked: (waitedMs: number) => void,
  run: (timely: Deps<TContext, TDatabase>) => Promise<TAnswer>,
): Promise<TAnswer> => {
  const { store, environment, limits } = deps.options
  const { clock, timers } = environment
  const start = clock.monotonic()
  // On a busy machine the timer may come late.
  const assertTime = (): void => {
    if (clock.monotonic() - start >= limits.requestMs) throw tookTooLong(limits.requestMs)
  }
  const told = { assertTime, onLocked, clock }
  const timely = { ...deps, options: { ...deps.options, store: timelyStore(store, told) } }
  return new Promise((resolve, reject) => {
    const cancel = timers.after(limits.requestMs, () => reject(tookTooLong(limits.requestMs)))
    run(timely).then(resolve, reject).finally(cancel)
  })
}

interface Told extends Pick<Environment, 'clock'> {
  readonly assertTime: () => void
  readonly onLocked: (waitedMs: number) => void
}

/** A transaction of a request that is over neither begins, nor begins again, nor commits. */
const timelyStore = <TDatabase>(
  store: ServerStore<TDatabase>,
  { assertTime, onLocked, clock }: Told,
): ServerStore<TDatabase> => {
  const within =
    <TArguments extends readonly unknown[], TResult>(run: (...given: TArguments) => Promise<TResult>) =>
    async (...given: TArguments): Promise<TResult> => {
      assertTime()
      const result = await run(...given)
      assertTime()
      return result
    }
  /** It begins once it has its scope's lock. */
  const locking = <TArguments extends readonly unknown[], TResult>(
    run: (...given: TArguments) => Promise<TResult>,
  ) => {
    const asked = clock.monotonic()
    return within((...given: TArguments) => {
      onLocked(clock.monotonic() - asked)
      return run(...given)
    })
  }
  return {
    ...store,
    write: (scope, run) => store.write(scope, locking(run)),
    writeBoth: (scopes, run) => store.writeBoth(scopes, locking(run)),
    read: (scope, run) => store.read(scope, within(run)),
  }
}
