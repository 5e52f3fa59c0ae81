import type { Cancel, PluginClient, PluginContext } from '@holdfast/core'
import { dropMs } from './is-over.ts'

/** What can't be told yet is asked again now and then. */
const longestMs = 3_600_000

export interface Alarm {
  /** Ends what is over, now. */
  readonly ring: () => void
}

/** Rings when the next operation may be over: it is asked how long that takes, and told of new ones. */
export const createAlarm = ({ started, environment: { timers, clock } }: PluginContext): Alarm => {
  let armed: { readonly at: number; readonly cancel: Cancel } | undefined
  let client: PluginClient | undefined
  let isRinging = false
  let again = false

  const arm = (ms: number): void => {
    const at = clock.monotonic() + Math.min(ms, longestMs)
    if (armed !== undefined && armed.at <= at) return
    armed?.cancel()
    const cancel = timers.after(Math.min(ms, longestMs), () => {
      armed = undefined
      ring()
    })
    armed = { at, cancel }
  }

  const ring = (): void => {
    if (client === undefined) return
    if (isRinging) again = true
    else void ringOnce(client)
  }

  const ringOnce = async (asked: PluginClient): Promise<void> => {
    isRinging = true
    again = false
    const start = clock.monotonic()
    // A failure was told as a problem; the client may be closed meanwhile.
    const next = await asked.expire().catch(() => undefined)
    isRinging = false
    if (client === undefined) return
    if (next !== undefined) arm(Math.max(1, next - (clock.monotonic() - start)))
    if (again) ring()
  }

  const stop = (): void => {
    client = undefined
    armed?.cancel()
    armed = undefined
  }

  void started.then((given) => {
    client = given
    given.events$.subscribe({
      next(event) {
        if (event.type !== 'written' || event.lifetime === undefined) return
        arm(event.lifetime === 'drop' ? dropMs : event.lifetime)
      },
      complete: stop,
    })
    ring()
  })
  return { ring }
}
