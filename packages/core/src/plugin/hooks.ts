import type { SyncError } from '../base/errors.ts'
import type { Portable } from '../base/portable.ts'
import type { Change as FeedChange } from '../protocol/pull.ts'
import type { WireOperation } from '../protocol/push.ts'
import type { Result } from '../protocol/verdict.ts'
import type { Operation } from '../model/operation.ts'
import type { RecordData } from '../model/record.ts'
import type { AnyCollection } from '../model/schema.ts'
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
  /** The operation ends at once, as expired: it is neither queued nor shown. Not in a transaction, and no answer. */
  readonly drop?: true | undefined
}

/**
 * An operation that a person's answer to a conflict makes, with the marks of what it takes the place of. A hook may change
 * the marks, or refuse the answer by throwing.
 */
export type AnswerDraft = Pick<Draft, 'scope' | 'collection' | 'recordId' | 'type' | 'marks'>

/** A hook gets a value and returns it, changed or not. The next hook gets what it returned. */
export type Waterfall<TValue> = (value: TValue) => TValue | Promise<TValue>

/** A hook is told something and can't change it. */
export type Observe<TValue> = (value: TValue) => void | Promise<void>

/** A record of an older schema version, to be brought up to a newer one. Pure: it may be asked again. */
export interface RecordMigration {
  readonly collection: string
  readonly from: string
  readonly to: string
  readonly record: RecordData
}

/** The same for an operation. Its type, its payload and its `opVersion` may change, nothing else. */
export interface OperationMigration {
  readonly from: string
  readonly to: string
  readonly operation: Operation
}

/** Why a queue is compacted: before it is sent, at so many operations of it or of one record, or because it is full. */
export type CompactionTrigger = 'sync' | 'threshold' | 'record' | 'full'

/** What can be folded of a record, and what the hooks before made of it. */
export interface CompactableRecord {
  readonly trigger: CompactionTrigger
  readonly scope: string
  readonly collection: string
  readonly recordId: string
  readonly definition: AnyCollection
  /** The server has never had the record, as far as this device knows, and no other collection refers to it. */
  readonly isPrivate: boolean
  /** In the order made; all that follow the last one that was sent, or the newest of them where they are many. */
  readonly operations: readonly Operation[]
  /** Each operation in one of them at most. */
  readonly folds: readonly Fold[]
}

export type Fold =
  /** They end as superseded by `survivor`, which is newer than all of them and gets this type and payload. */
  | {
      readonly kind: 'into'
      readonly survivor: string
      readonly merged: readonly string[]
      readonly type: string
      /** In the portable codec. */
      readonly payload: string
    }
  /** Made and deleted before anybody heard of it: all of them are cancelled. */
  | { readonly kind: 'nothing'; readonly operations: readonly string[] }

export interface ExpirableOperation {
  readonly operation: Operation
  /** How many milliseconds ago it was made, at least. */
  readonly age: number
  /** It was there when the client was opened. */
  readonly isOfBefore: boolean
}

/** What was never sent of operations that don't live for ever, and what was sent of those that are to be dropped. */
export interface ExpirableQueue {
  readonly scope: string
  readonly operations: readonly ExpirableOperation[]
  /** Ids of those that are over. Of a transaction nothing ends before all of it. */
  readonly expired: readonly string[]
}

/** Every client hook with its kind. Hooks of one name run one after the other. */
export interface ClientHooks {
  /**
   * Before a write is checked and queued, also the one that carries an answer to a conflict: of that without what was done
   * to fields with a type of their own. The payload counts; the rest names where it goes. Must not await writes.
   */
  readonly beforeEnqueue: Waterfall<Draft>
  /** Before an answer to a conflict is queued, for each of its operations. Only the marks count. Must not await writes. */
  readonly beforeAnswer: Waterfall<AnswerDraft>
  /**
   * One record's operations that were never sent: what can become of them. A fold that crosses a boundary is refused,
   * and then nothing is folded.
   */
  readonly compactQueue: Waterfall<CompactableRecord>
  /** Pure: it may be asked again. */
  readonly expireQueue: Waterfall<ExpirableQueue>
  /** A batch on its way. A change must be the same each time: a sent operation is frozen. */
  readonly beforePush: Waterfall<readonly WireOperation[]>
  readonly afterPush: Observe<readonly Result[]>
  /** Changes of the server before they are stored. */
  readonly beforeApplyRemote: Waterfall<readonly FeedChange[]>
  readonly afterApplyRemote: Observe<readonly FeedChange[]>
  /**
   * Of the device's records when the app's version rises, and of those that an older server sends. RESET_REQUIRED: nobody
   * can, they are fetched anew.
   */
  readonly migrateRecord: Waterfall<RecordMigration>
  readonly migrateOperation: Waterfall<OperationMigration>
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
