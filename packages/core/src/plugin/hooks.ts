import type { SyncError } from '../base/errors.ts'
import type { Portable } from '../base/portable.ts'
import type { Change as FeedChange } from '../protocol/pull.ts'
import type { WireOperation } from '../protocol/push.ts'
import type { Result } from '../protocol/verdict.ts'
import type { Operation } from '../model/operation.ts'
import type { RecordData } from '../model/record.ts'
import type { OpenConflict } from '../model/open-conflict.ts'
import type { SyncState } from '../model/sync-state.ts'

/** A write before it is queued. A hook may change the payload's value, or refuse the write by throwing. */
export interface Draft {
  readonly scope: string
  readonly collection: string
  readonly recordId: string
  readonly type: string
  readonly payload: unknown
  /**
   * What travels beside the payload, for the plugin's half on the server; fixed with the operation. Add to what is there,
   * under the plugin's name; portable values, 1,024 characters in all.
   */
  readonly marks?: Readonly<Record<string, Portable>> | undefined
}

/** A hook gets a value and returns it, changed or not. The next hook gets what it returned. */
export type Waterfall<TValue> = (value: TValue) => TValue | Promise<TValue>

/** A hook is told something and can't change it. */
export type Observe<TValue> = (value: TValue) => void | Promise<void>

/** A record or an operation of an older schema version, to be brought up to the current one. */
export interface RecordMigration {
  readonly collection: string
  readonly from: string
  readonly to: string
  readonly record: RecordData
}

/** Every client hook with its kind. Hooks of one name run one after the other. */
export interface ClientHooks {
  /** Before a write is checked and queued. The payload counts; the rest names where it goes. Must not await writes. */
  readonly beforeEnqueue: Waterfall<Draft>
  /** Operations that were never sent, in the order made, before a batch is taken. */
  readonly compactQueue: Waterfall<readonly Operation[]>
  /** A batch on its way. A change must be the same each time: a sent operation is frozen. */
  readonly beforePush: Waterfall<readonly WireOperation[]>
  readonly afterPush: Observe<readonly Result[]>
  /** Changes of the server before they are stored. */
  readonly beforeApplyRemote: Waterfall<readonly FeedChange[]>
  readonly afterApplyRemote: Observe<readonly FeedChange[]>
  readonly migrateRecord: Waterfall<RecordMigration>
  readonly migrateOperation: Waterfall<Operation>
  /** A conflict was opened. */
  readonly onConflict: Observe<OpenConflict>
  /** The server asks for a reset; nothing was dropped. */
  readonly beforeReset: Observe<{ readonly scope: string; readonly error: SyncError }>
  /** After each complete sync run: the time for cleaning up. */
  readonly onMaintenance: Observe<{ readonly now: number }>
  readonly onStateChange: Observe<SyncState>
}

export type HookName = keyof ClientHooks

/** A hook alone, or with its place: the array's order decides within `first`, the middle, and `last`. */
export type Hook<THandler> = THandler | { readonly order: 'first' | 'last'; readonly handler: THandler }

export type HookTable = { readonly [TName in HookName]?: Hook<ClientHooks[TName]> }
