import type { Cancel } from '../../base/environment.ts'
import { createEventHeap } from './event-heap.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface VirtualTimeOptions {
  /** Orders events that are due at the same time. */
  readonly random: SeededRandom
  /**
   * Resolves when no promise callback waits any more. In Node:
   * `() => new Promise((resolve) => setImmediate(resolve))`.
   */
  readonly settle: () => Promise<void>
  /** Called before each event runs. */
  readonly onEvent?: (label: string, at: number) => void
}

/** Time that only passes when nothing is left to do now. */
export interface VirtualTime {
  /** Milliseconds since the start. */
  readonly now: () => number
  readonly after: (ms: number, label: string, run: () => void) => Cancel
  /** Runs the next event and everything that follows from it at once. False: there is none before `until`. */
  readonly step: (until: number) => Promise<boolean>
}

export const createVirtualTime = ({ random, settle, onEvent }: VirtualTimeOptions): VirtualTime => {
  const heap = createEventHeap()
  let now = 0
  let count = 0

  return {
    now: () => now,
    after(ms, label, run) {
      let live = true
      count += 1
      heap.push({
        at: now + Math.max(0, ms),
        tie: random.next(),
        count,
        label,
        run: () => {
          if (!live) return
          live = false
          onEvent?.(label, now)
          run()
        },
      })
      return () => {
        live = false
      }
    },
    async step(until) {
      const next = heap.peek()
      if (next === undefined || next.at > until) {
        now = Math.max(now, until)
        return false
      }
      heap.pop()
      now = next.at
      next.run()
      await settle()
      return true
    },
  }
}
