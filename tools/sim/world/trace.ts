import type { WorldObserver } from './run-options.ts'

/** What happened, in order: a hash of all of it, and the last lines for people. */
export interface Trace {
  /** `details` are for people alone, and only made where somebody looks. */
  readonly note: (line: string, details?: () => string) => void
  readonly hash: () => string
  readonly lines: () => readonly string[]
}

interface Line {
  readonly at: number
  readonly line: string
  readonly details: (() => string) | undefined
}

const kept = 80

interface TraceOptions {
  readonly now: () => number
  readonly observer?: WorldObserver | undefined
}

export const createTrace = ({ now, observer }: TraceOptions): Trace => {
  const lines: Line[] = []
  let high = 0x811c9dc5
  let low = 0x01000193

  const mix = (code: number): void => {
    high = Math.imul(high ^ code, 0x01000193)
    low = Math.imul(low ^ code ^ (high >>> 15), 0x85ebca6b)
  }

  return {
    note(line, details) {
      const at = now()
      mix(Math.floor(at * 1_000))
      for (let index = 0; index < line.length; index += 1) mix(line.charCodeAt(index))
      observer?.onNote(at, line, details?.())
      lines.push({ at, line, details })
      if (lines.length > 2 * kept) lines.splice(0, kept)
    },
    hash: () => (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0'),
    lines: () =>
      lines
        .slice(-kept)
        .map(
          ({ at, line, details }) =>
            `${at.toFixed(1).padStart(9)} ${line}${details === undefined ? '' : ` ${details()}`}`,
        ),
  }
}
