import type { AnyCollection, Schema } from '../model/schema.ts'
import type { SessionTime } from '../base/session-time.ts'
import type { CoreParts } from '../plugin/core-part.ts'
import type { HookRunner } from '../plugin/hook-runner.ts'
import type { Store } from '../storage/store.ts'
import type { EventStream } from './event-stream.ts'
import type { ClientSeat } from './tabs/contract.ts'
import type { Settings } from './with-defaults.ts'

/** What all parts of a client share. */
export interface ClientParts<
  TCollections extends Readonly<Record<string, AnyCollection>> = Readonly<Record<string, AnyCollection>>,
> {
  readonly schema: Schema<TCollections>
  readonly settings: Settings
  readonly store: Store
  readonly hooks: HookRunner
  readonly coreParts: CoreParts
  readonly session: SessionTime
  readonly events: EventStream
  /** This tab's place among those that share the database, where only one of them syncs. */
  readonly seat: ClientSeat | undefined
}
