import type { Changes } from '@holdfast/server'
import type { History } from '../model/history.ts'
import type { Foresights } from './foresight.ts'
import type { JournalState, SentLog } from './journal-state.ts'
import type { JournalEvents, Surroundings } from './journal-world.ts'

/** What the parts of one scope's journal share. */
export interface JournalParts {
  readonly events: JournalEvents
  readonly surroundings: Surroundings
  readonly log: SentLog
  readonly state: JournalState
  readonly foresights: Foresights
  /** Records that come from another scope with the transaction that is looked at. */
  readonly arrivals: Map<string, History>
}

/** An operation as the server has decided it. */
export type DecidedRow = Changes['operations'][number]

/** A record that changes, and the place of that in the feed. */
export interface Touch {
  readonly key: string
  readonly seq: number
}
