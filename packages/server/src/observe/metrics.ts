import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { ServerEvent } from './events.ts'

export interface Metrics {
  /** For `createSyncRouter`. */
  readonly onEvent: (event: ServerEvent) => void
  /** Counts since the start of this process; the oldest ages since they were last read. Plain JSON. */
  readonly read: () => MetricsReading
}

export interface MetricsReading {
  /** By procedure. */
  readonly requests: Readonly<Record<string, RequestMetrics>>
  /** Operations by the kind of their result. */
  readonly operations: Readonly<Record<string, number>>
  readonly writes: { readonly count: number; readonly failed: number }
  readonly openStreams: number
  /** Milliseconds: the oldest operation that was sent since the last reading. */
  readonly oldestOperationMs: number
  /** Milliseconds: the oldest change that was fetched since the last reading. */
  readonly oldestChangeMs: number
  /** Devices that were told to reset, by the reason: `epoch_changed`, `offline_too_long`, ... */
  readonly resets: Readonly<Record<string, number>>
  /** Milliseconds: the longest that a request waited for its scope's lock since the last reading. */
  readonly longestLockWaitMs: number
  /** Milliseconds: the longest that this process kept everything waiting since the last reading. */
  readonly eventLoopDelayMs: number
}

export interface RequestMetrics {
  readonly count: number
  readonly totalMs: number
  readonly maxMs: number
  /** Refused ones, by code. */
  readonly refused: Readonly<Record<string, number>>
}

/** Milliseconds. */
const delayResolution = 20

const nothing: RequestMetrics = { count: 0, totalMs: 0, maxMs: 0, refused: {} }

/** Counts what `onEvent` tells, for a page of the app's own or the metrics library that it uses. */
export const createMetrics = (): Metrics => {
  let requests: Readonly<Record<string, RequestMetrics>> = {}
  let operations: Readonly<Record<string, number>> = {}
  let writes = { count: 0, failed: 0 }
  let openStreams = 0
  let oldestOperationMs = 0
  let oldestChangeMs = 0
  let resets: Readonly<Record<string, number>> = {}
  let longestLockWaitMs = 0
  const delay = monitorEventLoopDelay({ resolution: delayResolution })
  delay.enable()

  const count = (
    counts: Readonly<Record<string, number>>,
    key: string,
    by = 1,
  ): Readonly<Record<string, number>> => ({
    ...counts,
    [key]: (counts[key] ?? 0) + by,
  })

  return {
    onEvent(event) {
      switch (event.type) {
        case 'answered': {
          const before = requests[event.procedure] ?? nothing
          const refused = event.code === undefined ? before.refused : count(before.refused, event.code)
          const now = {
            count: before.count + 1,
            totalMs: before.totalMs + event.ms,
            maxMs: Math.max(before.maxMs, event.ms),
            refused,
          }
          requests = { ...requests, [event.procedure]: now }
          for (const [kind, many] of Object.entries(event.push?.results ?? {}))
            operations = count(operations, kind, many)
          if (event.code === 'RESET_REQUIRED') resets = count(resets, event.reason ?? 'unknown')
          longestLockWaitMs = Math.max(longestLockWaitMs, event.lockWaitMs)
          oldestOperationMs = Math.max(oldestOperationMs, event.push?.oldestMs ?? 0)
          oldestChangeMs = Math.max(oldestChangeMs, event.page?.oldestMs ?? 0)
          return
        }
        case 'written':
          writes = { count: writes.count + 1, failed: writes.failed + (event.failed ? 1 : 0) }
          return
        case 'streamOpened':
        case 'streamClosed':
          openStreams = event.open
      }
    },
    read() {
      const counts = { requests, operations, writes, openStreams, resets }
      // It measures how late a timer is that comes so often.
      const eventLoopDelayMs = Math.max(0, delay.max / 1e6 - delayResolution)
      const reading = { ...counts, oldestOperationMs, oldestChangeMs, longestLockWaitMs, eventLoopDelayMs }
      delay.reset()
      longestLockWaitMs = 0
      oldestOperationMs = 0
      oldestChangeMs = 0
      return reading
    },
  }
}
