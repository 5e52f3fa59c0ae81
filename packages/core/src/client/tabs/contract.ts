import type { Observable } from 'rxjs'
import type { Environment } from '../../base/environment.ts'
import type { Connectivity } from '../../engine/scope-engine.ts'
import type { SyncState } from '../../model/sync-state.ts'
import type { ScopeUnit } from '../scope-unit.ts'

/**
 * Decides which of a browser's tabs and workers syncs a local database that they share. Safety does not depend on it: two
 * that sync at once are told apart by the server. It saves requests, and streams.
 */
export interface Tabs {
  /** @param name the same for all that share the database, and for no others */
  readonly join: (name: string, environment: Environment) => ClientSeat
}

/** What a client does with its place; `seatOf` makes one of a `TabSeat`. */
export interface ClientSeat {
  /** A scope whose engine runs while this tab leads. */
  readonly led: (unit: ScopeUnit, connectivity: Pick<Connectivity, 'isOnline'>) => ScopeUnit
  /** Whether this tab is the one that syncs: what is so now, then each change. */
  readonly isLeading$: Observable<boolean>
  /** Sync is wanted in this tab. */
  readonly contend: () => void
  /** It is not: another tab is to do it. */
  readonly resign: () => void
  readonly close: () => void
}

/** One tab's place among them. */
export interface TabSeat {
  /** Whether this one is to sync: what is so now, then each change. */
  readonly isLeading$: Observable<boolean>
  readonly isLeading: () => boolean
  /** It would sync. */
  readonly contend: () => void
  /** Since it said so it has not said that it would not. */
  readonly isContending: () => boolean
  /** It would not: another one is to. */
  readonly resign: () => void
  /**
   * Asks the one that leads. Where that does not hear it, this one leads.
   * @param onHeard called before anything that is told after it was heard, or once nobody is asked any more
   */
  readonly ask: (ask: TabAsk, onHeard?: () => void) => void
  /** What others ask, of the one that leads. */
  readonly asked$: Observable<TabAsk>
  /** Tells all others. */
  readonly tell: (told: TabTold) => void
  /** What the one that leads tells. */
  readonly told$: Observable<TabTold>
  readonly close: () => void
}

export interface TabAsk {
  readonly scope: string
  /** `look`: to tell where it stands. The others are events of its engine. */
  readonly event: 'look' | 'start' | 'written' | 'wake' | 'requested'
  readonly held?: true
}

export interface TabTold {
  readonly scope: string
  readonly state: SyncState
}
