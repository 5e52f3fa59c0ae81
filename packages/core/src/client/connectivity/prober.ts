import type { Cancel, Environment } from '../../base/environment.ts'
import { SyncError } from '../../base/errors.ts'
import { defaultRetry, type RetryPolicy } from '../../engine/backoff.ts'

/**
 * True when the server was reached. False, and any rejection, count as no network. The signal is aborted when the
 * answer is no longer wanted.
 */
export type Probe = (signal: AbortSignal) => Promise<boolean>

export interface ProbeOptions {
  /** Milliseconds after which a probe counts as failed. Default 5,000. */
  readonly timeout?: number
  /** Waits between failed probes, in milliseconds. Default: up to 1 s, doubling up to 60 s, with jitter. */
  readonly retry?: Partial<RetryPolicy>
  readonly environment?: Environment
}

interface ProberOptions extends ProbeOptions {
  readonly environment: Environment
  readonly probe: Probe
  /** Milliseconds from a success to the next probe; undefined: none until it is asked for. */
  readonly every: number | undefined
  readonly tell: (online: boolean) => void
}

export interface Prober {
  /** Probes now, whatever was waited for; a probe under way is given up for it. */
  readonly ask: () => void
  readonly stop: () => void
}

/** @throws SyncError MISCONFIGURED naming the option */
export const checkProbeOptions = (options: ProbeOptions & { readonly every?: number }): void => {
  const { every, timeout, retry } = options
  const waits = { every, timeout, 'retry.base': retry?.base, 'retry.cap': retry?.cap }
  for (const [option, wait] of Object.entries(waits)) {
    if (wait === undefined || (Number.isFinite(wait) && wait > 0)) continue
    throw new SyncError('MISCONFIGURED', `${option} must be a number of milliseconds above 0.`, { option })
  }
}

/** Devices that lost one server together don't come back to it together; and none of them asks at once. */
const waitAfter = (failures: number, { base, cap }: RetryPolicy, jitter: number): number => {
  const bound = Math.min(cap, base * 2 ** Math.min(failures - 1, 30))
  return Math.round((bound * (1 + jitter)) / 2)
}

export const createProber = (options: ProberOptions): Prober => {
  const { probe, every, tell, timeout = 5_000, environment } = options
  const { timers, random } = environment
  const retry = { ...defaultRetry, ...options.retry }
  let failures = 0
  let cancel: Cancel = () => undefined

  const run = (): void => {
    const controller = new AbortController()
    const { signal } = controller
    const finish = (online: boolean): void => {
      if (signal.aborted) return
      cancel()
      failures = online ? 0 : failures + 1
      const wait = online ? every : waitAfter(failures, retry, random.next())
      if (wait !== undefined) cancel = timers.after(wait, run)
      tell(online)
    }
    const cancelTimeout = timers.after(timeout, () => finish(false))
    cancel = () => {
      cancelTimeout()
      controller.abort()
    }
    attempt(probe, signal).then(finish, () => finish(false))
  }

  return {
    ask() {
      cancel()
      run()
    },
    stop: () => cancel(),
  }
}

/** A probe that throws at once is one that rejects; what is not true is false. */
const attempt = async (probe: Probe, signal: AbortSignal): Promise<boolean> => {
  const answer: unknown = await probe(signal)
  return answer === true
}
