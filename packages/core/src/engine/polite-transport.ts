import type { Clock } from '../base/environment.ts'
import { SyncError, hasCode } from '../base/errors.ts'
import type { ProcedureName } from '../protocol/table.ts'
import type { RequestOptions, Transport } from '../transport/contract.ts'
import { askedWait } from './backoff.ts'

export interface PoliteTransport extends Transport {
  /** The app wants to try all the same. */
  readonly forgetWait: () => void
}

/**
 * A server that asked to be left alone is asked nothing before then, for whichever scope: the request fails at once,
 * as the one did that was answered so.
 */
export const politeTransport = (transport: Transport, clock: Clock): PoliteTransport => {
  let wait: { readonly error: SyncError; readonly until: number } | undefined

  const asking = <TName extends ProcedureName>(name: TName): Transport[TName] => {
    const ask = async (input: never, options: RequestOptions): Promise<unknown> => {
      const left = wait === undefined ? 0 : wait.until - clock.monotonic()
      if (wait !== undefined && left > 0) throw withWait(wait.error, left)
      try {
        return await transport[name](input, options)
      } catch (error) {
        remember(error)
        throw error
      }
    }
    return ask as Transport[TName]
  }

  const remember = (error: unknown): void => {
    if (!hasCode(error, 'RATE_LIMITED') && !hasCode(error, 'SERVER_FAILED')) return
    const asked = askedWait(error)
    if (asked !== undefined) wait = { error, until: clock.monotonic() + asked }
  }

  return {
    push: asking('push'),
    pull: asking('pull'),
    preflight: asking('preflight'),
    snapshot: asking('snapshot'),
    resume: asking('resume'),
    live$: transport.live$,
    forgetWait() {
      wait = undefined
    },
  }
}

const withWait = (error: SyncError, retryAfterMs: number): SyncError =>
  new SyncError(error.code, error.message, { ...error.details, retryAfterMs }, { cause: error })
