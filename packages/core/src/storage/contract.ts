import type { Observable } from 'rxjs'

/**
 * Local storage as core needs it: sorted string keys, batch reads from one snapshot, all-or-nothing
 * batch writes with expectations. No interactive transactions, so that IndexedDB (which commits by
 * itself on any foreign await), SQLite and memory behave alike.
 *
 * Rules that `storageConformance` holds an adapter to are numbered ST1.. in docs/spec.md.
 */
export interface StorageAdapter {
  /** For messages, e.g. `sqlite`. */
  readonly name: string
  readonly supports: StorageSupport
  /**
   * Opens (and creates where missing) the database called `name`. Several handles may be open on one name.
   * @throws SyncError STORAGE_LOCKED, STORAGE_CORRUPT (never silently recreated), STORAGE_FAILED
   */
  open(name: string): Promise<Database>
  /** Removes the database and all its bytes. No handle may be open on it. Unknown names are fine. */
  destroy(name: string): Promise<void>
}

export interface StorageSupport {
  /** Commits survive the end of the process. */
  readonly durable: boolean
  /** Handles in other tabs or processes see each other's commits. */
  readonly sharedAcrossTabs: boolean
}

export interface Database {
  /** Answers all requests, in their order, from one snapshot. */
  read<const TRequests extends readonly ReadRequest[]>(requests: TRequests): Promise<ReadResults<TRequests>>
  /**
   * Checks every expectation and performs every write, or does nothing at all.
   * Resolves once durable (where `supports.durable`).
   * @throws SyncError STORAGE_CONFLICT (an expectation failed), STORAGE_FULL, STORAGE_LOCKED, STORAGE_FAILED
   */
  commit(batch: CommitBatch): Promise<CommitReceipt>
  /** What other handles committed, after it can be read here. May merge or widen to `all`; never drops. */
  readonly externalCommits$: Observable<ExternalCommit>
  /** Later calls reject with CLOSED. Closing twice is fine. */
  close(): Promise<void>
}

/** Printable ASCII (0x20 to 0x7e), 1 to 1,024 characters; ordered bytewise. Core escapes what is not. */
export type Key = string

export type ReadRequest = GetRequest | ScanRequest

export interface GetRequest {
  readonly get: Key
}

export interface ScanRequest {
  /** Keys that start with this prefix. */
  readonly scan: Key
  /** Exclusive start, in the direction of the scan. */
  readonly after?: Key | undefined
  /** At most this many entries; without it, all. */
  readonly limit?: number | undefined
  /** Descending order. */
  readonly reverse?: boolean | undefined
}

export interface Entry {
  readonly key: Key
  readonly value: string
  /** The revision of the commit that wrote it. */
  readonly revision: number
}

export type ReadResult<TRequest extends ReadRequest> = TRequest extends GetRequest
  ? Entry | undefined
  : readonly Entry[]

export type ReadResults<TRequests extends readonly ReadRequest[]> = {
  readonly [Index in keyof TRequests]: ReadResult<TRequests[Index]>
}

export interface CommitBatch {
  readonly expect: readonly Expectation[]
  /** At most one write for each key. */
  readonly writes: readonly Write[]
}

/** The key's entry has this revision, or (0) there is no such entry. */
export interface Expectation {
  readonly key: Key
  readonly revision: number
}

/** Puts `value`, or removes the key where `value` is undefined (removing an absent key is fine). */
export interface Write {
  readonly key: Key
  readonly value: string | undefined
}

export interface CommitReceipt {
  /** Greater than every revision that this database gave before, reopened or not. All written keys get it. */
  readonly revision: number
}

export type ExternalCommit =
  | {
      readonly keys: readonly Key[]
      /** Of the commit, where this is about exactly one. With it a reader need not read all again. */
      readonly revision?: number
    }
  | 'all'
