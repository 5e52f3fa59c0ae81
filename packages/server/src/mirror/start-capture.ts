import { systemEnvironment, type Environment } from '@holdfast/core'
import { stderrLogger, type Logger } from '../logger.ts'
import type { CaptureReport } from './capture.ts'

export interface StartCaptureOptions {
  /** Milliseconds from one look to the next. Default 1,000. */
  readonly everyMs?: number | undefined
  readonly environment?: Environment | undefined
  readonly logger?: Logger | undefined
}

/**
 * Takes in what is written to the app's own models past the sync API again and again, so that live streams hear of it without
 * anybody's pull. Of several processes each may do it.
 * @returns what ends it, once the look that is under way is over
 */
export const startCapture = (
  sync: { readonly capture: () => Promise<CaptureReport> },
  { everyMs = 1_000, environment = systemEnvironment, logger = stderrLogger }: StartCaptureOptions = {},
): (() => Promise<void>) => {
  const ending = new AbortController()
  const isOver = (): boolean => ending.signal.aborted
  let cancel = (): void => undefined
  let looking: Promise<void> = Promise.resolve()

  const look = async (): Promise<void> => {
    try {
      for (let isMore = true; isMore && !isOver();) isMore = (await sync.capture()).isMore
    } catch (error) {
      logger.error('What was written past the sync API could not be taken in; it is tried again.', { error })
    }
    if (!isOver()) wait()
  }
  const wait = (): void => {
    cancel = environment.timers.after(everyMs, () => {
      looking = look()
    })
  }

  looking = look()
  return async () => {
    ending.abort()
    cancel()
    await looking
  }
}
