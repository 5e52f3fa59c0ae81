/** A scope's feed stands at `head`. */
export interface Hint {
  readonly scope: string
  readonly head: number
}

/**
 * Tells the processes of a server when the feed of a scope moves. Best effort: a hint may be lost, late, or come twice, and
 * then somebody pulls later than he could have. `broadcasterConformance` holds each to one suite; the rules are numbered
 * BC1.. in docs/spec/live.md.
 */
export interface Broadcaster {
  /** To every process that shares it, this one included. Returns at once, and never throws. */
  readonly publish: (hint: Hint) => void
  /** Hints from now on. */
  readonly subscribe: (listener: BroadcastListener) => Unsubscribe
  /** Tells its listeners that it is over, and lets go of all connections. What was published before still goes out. */
  readonly close: () => Promise<void>
}

export type Unsubscribe = () => void

export interface BroadcastListener {
  /** Of several hints about one scope, the newest alone may come. */
  readonly onHint: (hint: Hint) => void
  /** Some hints may have been lost, e.g. while a connection was down: look where the feeds stand. */
  readonly onGap: () => void
  readonly onClose: () => void
}
