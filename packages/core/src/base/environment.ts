/** Stops what it was returned for. Calling it twice does nothing. */
export type Cancel = () => void

export interface Clock {
  /** Wall time in milliseconds since 1970 (UTC). May jump. */
  readonly now: () => number
  /** Milliseconds since some start. Never goes back. */
  readonly monotonic: () => number
}

export interface Timers {
  /** Calls `run` once after `ms` milliseconds. */
  readonly after: (ms: number, run: () => void) => Cancel
}

export interface Random {
  /** In [0, 1). */
  readonly next: () => number
  readonly bytes: (length: number) => Uint8Array
}

/**
 * Every source of non-determinism that core uses. The real one is made in `system-environment.ts`;
 * a simulation passes its own, and then the same seed gives the same run.
 */
export interface Environment {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  /** A new UUIDv7. */
  readonly newId: () => string
}
