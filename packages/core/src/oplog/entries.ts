import { decodePortable, encodePortable } from '../base/codec.ts'
import type { ResetReason } from '../base/errors.ts'
import type { Operation } from '../model/operation.ts'
import type { BaseRow, RecordData } from '../model/record.ts'
import type { Era } from './expiry/era.ts'
import { jsonEntry, parseEntry } from './json-entry.ts'
import type { OperationAddress } from './keys.ts'

/** The counters of one scope's operation log. Every commit that touches the log expects its revision. */
export interface LogHead {
  /** The revision of the head that this one took the place of: whoever knows that one missed nothing. */
  readonly after: number
  readonly nextLocalSeq: number
  readonly nextClientSeq: number
  /** Operations by where they stand; `conflicts` counts open questions. */
  readonly pending: number
  readonly sent: number
  readonly conflicts: number
  readonly deadLetters: number
  /** Of the pending and the sent ones: those that are held back, and of these those that were sent. */
  readonly held: number
  readonly heldSent: number
  /** The newest hybrid timestamp given. */
  readonly timestamp: number
  /** Server time minus this device's, in milliseconds, as last seen; undefined before the first answer. */
  readonly clockOffset: number | undefined
  /** How far the device's clock can be trusted; absent before the first contact, and before an operation that expires. */
  readonly era?: Era | undefined
  /** The device left the scope: nothing is written to it until it is joined again. The numbers go on then. */
  readonly left?: true | undefined
  /**
   * Sent operations that were discarded with the scope. Their numbers are taken: whoever joins again has to
   * spend them before new ones count.
   */
  readonly abandoned?: readonly AbandonedOperation[] | undefined
  /** The generation whose staged rows count as bases; undefined: there is none (docs/decisions/0010). */
  readonly folding?: number | undefined
  /** Whose the numbers of this log are; absent: the first client id of this database (docs/decisions/0017). */
  readonly clientId?: string | undefined
  /** The scope is being fetched anew, for this reason: nothing is sent meanwhile. */
  readonly resetting?: ResetReason | undefined
  /** Up to which number the server had decided then; absent: it did not say. */
  readonly decidedTo?: number | undefined
  /**
   * Operations with a lower `localSeq` were made before the server forgot verdicts: what a copy of this database did with
   * them nobody knows.
   */
  readonly awayBefore?: number | undefined
  /**
   * Operations with a lower `localSeq` may be a copy's too, which may have sent them under their ids: they go out as they
   * are, each by itself.
   */
  readonly sharedBefore?: number | undefined
  /** Operations with a lower `localSeq` may be in a backup that was exported: they are no longer folded. */
  readonly exportedBefore?: number | undefined
  /** The backup that belongs to the recovery under way; absent: it has none yet. */
  readonly backup?: string | undefined
  /** What was made before the server lost changes saw the server's history up to a position only. */
  readonly lostHistory?: LostHistory | undefined
  /** How large a batch may be (`batch/pace`); absent: as large as the options say. */
  readonly pace?: { readonly share: number; readonly ceiling?: number | undefined } | undefined
  /** When the server was asked ahead, about operations up to this `localSeq`; `due`: it has to be in any case. */
  readonly foreseen?: Foreseen | undefined
  /** Of the last push that was answered: `resume` tells all verdicts since. */
  readonly resumeToken?: string | undefined
  /** Every decided operation of this log is in the index of its record; an earlier version of this code kept none. */
  readonly past?: true | undefined
}

export interface Foreseen {
  readonly upTo: number
  /** By this device's clock. */
  readonly at: number
  /** `older`: about some of these that server could not tell anything. */
  readonly due?: true | 'older' | undefined
}

export interface LostHistory {
  /** Operations with a lower `localSeq` were made before. */
  readonly before: number
  readonly history: number
}

export interface AbandonedOperation {
  readonly id: string
  readonly clientSeq: number
}

export const emptyLogHead: LogHead = {
  after: 0,
  nextLocalSeq: 1,
  nextClientSeq: 1,
  pending: 0,
  sent: 0,
  conflicts: 0,
  deadLetters: 0,
  held: 0,
  heldSent: 0,
  timestamp: 0,
  clockOffset: undefined,
}

/** A queued operation before it is decided. `clientSeq` is there once it was sent. */
export interface QueueEntry {
  readonly collection: string
  readonly recordId: string
  readonly operationId: string
  readonly clientSeq: number | undefined
}

/** The scopes of a device, in the order joined. */
export interface ScopesEntry {
  readonly joined: readonly string[]
  /** Left, and not removed to the end yet. */
  readonly leaving: readonly string[]
}

export interface CursorEntry {
  readonly cursor: string
  readonly head: number
  /** When the last complete pull was swapped in, by this device's clock. */
  readonly at: number
}

/** A record on the device. */
export interface RecordEntry {
  readonly base: BaseRow | undefined
  /** How many operations lie on the base. */
  readonly overlay: number
  /** Of each field that they change: the lowest version that one of their authors saw. */
  readonly touched: Readonly<Record<string, number>>
  /** What the app sees; undefined: no record. */
  readonly shown: RecordData | undefined
}

export const noRecord: RecordEntry = { base: undefined, overlay: 0, touched: {}, shown: undefined }

export interface WaitingOperation {
  readonly id: string
  readonly localSeq: number
  readonly fields: readonly string[]
}

/** The operations of one transaction, in the order made. */
export interface TransactionEntry {
  readonly operations: readonly TransactionMember[]
}

export interface TransactionMember {
  readonly id: string
  readonly collection: string
  readonly recordId: string
  readonly localSeq: number
}

export interface ConflictEntry {
  /** What is disputed. None: its operations wait with others of their transaction, whose record is disputed. */
  readonly fields: readonly string[]
  /** The operations that wait for the answer, oldest first. */
  readonly operations: readonly WaitingOperation[]
  /**
   * Fields that an applied operation of this device wrote, with its `localSeq`: those that wait and are older
   * leave them alone.
   */
  readonly overwritten: Readonly<Record<string, number>>
  /** The server's side as the verdict told it, until a head at least that new is shown. */
  readonly serverVersion: number
  readonly serverData: string | null
  readonly serverDeleted: boolean
  readonly updatedBy: string
  readonly updatedAt: number
  /** Some of it is only to be made again, on at least this version of the server's record. */
  readonly rebases?: number | undefined
  /** How often a reset made another question of it. */
  readonly renewed?: number | undefined
  /** Given already; it waits for the answers to the other conflicts of the same transaction. */
  readonly answer?: StoredAnswer | undefined
}

export interface StoredAnswer {
  /** A text stands for a patch, in the portable codec. */
  readonly choice: { readonly take: 'mine' | 'theirs' } | { readonly patch: string }
  /** The server's version that was shown. */
  readonly version: number
  /** It was a deletion. An earlier version of this code did not say so. */
  readonly deleted: boolean
}

export interface Meta {
  readonly layout: number
  readonly clientId: string
  readonly instance: { readonly acknowledged: string; readonly candidate: string }
  /** Instances that the server acknowledged before, oldest first, as many as are worth keeping. */
  readonly past?: readonly string[] | undefined
  /** Client ids that a copy of this database goes on with, the first one first. */
  readonly formerIds?: readonly string[] | undefined
  readonly schemaVersion: string
}

/** An earlier version of this code kept fewer counters. */
export const logHeadEntry = jsonEntry<LogHead>('operation log', (stored) => ({ ...emptyLogHead, ...stored }))
export const queueEntry = jsonEntry<QueueEntry>('queue')
export const cursorEntry = jsonEntry<CursorEntry>('cursor')
export const conflictEntry = jsonEntry<ConflictEntry>('conflict')
export const scopesEntry = jsonEntry<ScopesEntry>('list of scopes')
export const metaEntry = jsonEntry<Meta>('client state')
export const operationEntry = jsonEntry<Operation>('operation')
export const transactionEntry = jsonEntry<TransactionEntry>('transaction')
export const addressEntry = jsonEntry<OperationAddress>('operation index')

interface StoredRecord {
  readonly base?: Omit<BaseRow, 'data'> & { readonly data: string }
  readonly overlay: number
  readonly touched?: Readonly<Record<string, number>>
  /** Absent: same as the base. */
  readonly shown?: string | null
}

export const recordEntry = {
  encode({ base, overlay, touched, shown }: RecordEntry): string {
    const stored: StoredRecord = {
      ...(base === undefined ? {} : { base: { ...base, data: encodePortable(base.data) } }),
      overlay,
      ...(overlay === 0 ? {} : { touched, shown: shown === undefined ? null : encodePortable(shown) }),
    }
    return JSON.stringify(stored)
  },
  decode(text: string): RecordEntry {
    const stored = parseEntry(text, 'record') as StoredRecord
    const base =
      stored.base === undefined ? undefined : { ...stored.base, data: decodeData(stored.base.data) }
    if (stored.shown === undefined) {
      return {
        base,
        overlay: 0,
        touched: {},
        shown: base === undefined || base.deleted ? undefined : base.data,
      }
    }
    const shown = stored.shown === null ? undefined : decodeData(stored.shown)
    return { base, overlay: stored.overlay, touched: stored.touched ?? {}, shown }
  },
}

export const decodeData = (text: string): RecordData => decodePortable(text) as RecordData
