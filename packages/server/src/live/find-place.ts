import { hasCode, type Environment } from '@holdfast/core'
import type { LiveHub, OpenStream } from './live-hub.ts'

const pauseMs = 200
const attempts = 6

/**
 * A device that opens a stream in place of another (it joined a scope, its page was loaded anew) may be here before the server
 * noticed that the other one is gone: so for a second a place is waited for.
 * @throws SyncError RATE_LIMITED
 */
export const findPlace = async (
  open: () => ReturnType<LiveHub['open']>,
  { timers }: Pick<Environment, 'timers'>,
  signal: AbortSignal,
): Promise<OpenStream> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return open()
    } catch (error) {
      if (attempt === attempts || signal.aborted || !hasCode(error, 'RATE_LIMITED')) throw error
      await new Promise<void>((resolve) => {
        timers.after(pauseMs, resolve)
      })
    }
  }
}
