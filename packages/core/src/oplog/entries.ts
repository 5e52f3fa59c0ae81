import { decodePortable, encodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import type { Operation } from '../model/operation.ts'
import type { BaseRow, RecordData } from '../model/record.ts'
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
  /** The newest hybrid timestamp given. */
  readonly timestamp: number
  /** Server time minus this device's, in milliseconds, as last seen; undefined before the first answer. */
  readonly clockOffset: number | undefined
  /** The generation whose staged rows count as bases; undefined: there is none (docs/decisions/0010). */
  readonly folding?: number | undefined
}

export const emptyLogHead: LogHead = {
  after: 0,
  nextLocalSeq: 1,
  nextClientSeq: 1,
  pending: 0,
  sent: 0,
  conflicts: 0,
  deadLetters: 0,
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

export interface ConflictEntry {
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
}

export interface Meta {
  readonly layout: number
  readonly clientId: string
  readonly instance: { readonly acknowledged: string; readonly candidate: string }
  readonly schemaVersion: string
}

const parse = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SyncError(
      'STORAGE_CORRUPT',
      `The local ${what} can't be read; export what is left and start afresh.`,
      {
        reason: what,
      },
      { cause: error },
    )
  }
}

export const jsonEntry = <TEntry>(what: string) => {
  // One step often reads the same entry several times. Entries are never changed in place.
  let last: { readonly text: string; readonly entry: TEntry } | undefined
  return {
    encode: (entry: TEntry): string => JSON.stringify(entry),
    decode(text: string): TEntry {
      if (last?.text !== text) last = { text, entry: parse(text, what) as TEntry }
      return last.entry
    },
  }
}

export const logHeadEntry = jsonEntry<LogHead>('operation log')
export const queueEntry = jsonEntry<QueueEntry>('queue')
export const cursorEntry = jsonEntry<CursorEntry>('cursor')
export const conflictEntry = jsonEntry<ConflictEntry>('conflict')
export const metaEntry = jsonEntry<Meta>('client state')
export const operationEntry = jsonEntry<Operation>('operation')
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
    const stored = parse(text, 'record') as StoredRecord
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
