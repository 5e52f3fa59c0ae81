import type { Broadcaster } from '../broadcaster.ts'

/** Something that several processes of a server share, empty at first. */
export interface BroadcasterPlace {
  /** The broadcaster of one more process. */
  readonly open: () => Promise<Broadcaster>
  /** Cuts the connections of all of them; they may be opened again at once. Absent: there are none. */
  readonly cut?: (() => Promise<void>) | undefined
  readonly dispose: () => Promise<void>
}
