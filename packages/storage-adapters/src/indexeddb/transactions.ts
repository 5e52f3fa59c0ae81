import type { SyncError } from '@holdfast/core'
import {
  scanRange,
  type CommitBatch,
  type Entry,
  type ReadRequest,
  type ScanRequest,
} from '@holdfast/core/storage'
import { conflict } from '../shared/refusals.ts'
import type { IndexedDbBrowser } from './browser.ts'
import { Aborted, corrupt } from './failures.ts'
import {
  entryStore,
  getEntry,
  getHead,
  hasReceipt,
  headAfterCommit,
  headStore,
  putHead,
  type Head,
} from './layout.ts'

// IndexedDB commits a transaction by itself as soon as anything but its own requests is awaited. So each
// transaction is driven by its requests' callbacks alone, and a promise stands only around the whole.

/**
 * Runs on the connection, and rejects with an AbortError when the browser closes it: Chromium then leaves some of its
 * transactions without any further event.
 */
export const whileConnected = <TResult>(
  database: IDBDatabase,
  run: (database: IDBDatabase) => Promise<TResult>,
): Promise<TResult> =>
  new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Aborted('the browser closed the connection'))
    const settle = (): void => database.removeEventListener('close', giveUp)
    database.addEventListener('close', giveUp)
    run(database).finally(settle).then(resolve, reject)
  })

export type Answer = Entry | undefined | readonly Entry[]

type KeyRanges = IndexedDbBrowser['IDBKeyRange']

/** Rejects with a DOMException. */
export const readAll = (
  database: IDBDatabase,
  keyRanges: KeyRanges,
  requests: readonly ReadRequest[],
): Promise<readonly Answer[]> =>
  new Promise((resolve, reject) => {
    const answers: Answer[] = []
    if (requests.length === 0) return resolve(answers)
    const transaction = database.transaction(entryStore, 'readonly')
    const store = transaction.objectStore(entryStore)
    let open = requests.length
    transaction.addEventListener('abort', () =>
      reject(transaction.error ?? new Aborted('the browser ended the transaction')),
    )
    for (const [index, request] of requests.entries()) {
      const settle = (answer: Answer): void => {
        answers[index] = answer
        open -= 1
        if (open === 0) resolve(answers)
      }
      if ('get' in request) ask(getEntry(store, request.get), settle)
      else scan(store, keyRanges, request, settle)
    }
  })

const ask = <TResult>(request: IDBRequest<TResult>, settle: (result: TResult) => void): void => {
  request.addEventListener('success', () => settle(request.result))
}

/** The most that IndexedDB counts to; its 0 means no limit. */
const mostEntries = 2 ** 32 - 1

const scan = (
  store: IDBObjectStore,
  keyRanges: KeyRanges,
  request: ScanRequest,
  settle: (entries: readonly Entry[]) => void,
): void => {
  const { from, to } = scanRange(request)
  const { limit = mostEntries, reverse = false } = request
  if (limit === 0 || from >= to) return settle([])
  const range = keyRanges.bound(from, to, false, true)
  if (reverse && limit < mostEntries) scanDown(store, range, limit, settle)
  else {
    const all = store.getAll(range, Math.min(limit, mostEntries)) as IDBRequest<Entry[]>
    ask(all, (entries) => settle(reverse ? entries.toReversed() : entries))
  }
}

/** `getAll` goes upwards only. */
const scanDown = (
  store: IDBObjectStore,
  range: IDBKeyRange,
  limit: number,
  settle: (entries: readonly Entry[]) => void,
): void => {
  const entries: Entry[] = []
  const request = store.openCursor(range, 'prev')
  ask(request, (cursor) => {
    if (cursor !== null) entries.push(cursor.value as Entry)
    if (cursor === null || entries.length >= limit) settle(entries)
    else cursor.continue()
  })
}

export const readHead = (database: IDBDatabase): Promise<Head | undefined> =>
  new Promise((resolve, reject) => {
    const transaction = database.transaction(headStore, 'readonly')
    transaction.addEventListener('abort', () =>
      reject(transaction.error ?? new Aborted('the browser ended the transaction')),
    )
    ask(getHead(transaction.objectStore(headStore)), resolve)
  })

/** One commit of a handle, which may take several attempts. */
export interface Attempt extends CommitBatch {
  /** Of the database, for the sentences. */
  readonly name: string
  readonly handle: string
  readonly durability: 'strict' | 'relaxed'
  /** The revision of an earlier attempt whose outcome never became known. */
  tried: number | undefined
}

/**
 * Resolves to the revision once the browser says that the transaction is complete, and not with its last request:
 * until then it can still fail. Rejects with a SyncError or a DOMException.
 */
export const commitAll = (database: IDBDatabase, attempt: Attempt): Promise<number> =>
  new Promise((resolve, reject) => {
    const { durability, expect, handle, tried, writes } = attempt
    const transaction = database.transaction([entryStore, headStore], 'readwrite', { durability })
    const [entries, heads] = [transaction.objectStore(entryStore), transaction.objectStore(headStore)]
    let failure: SyncError | undefined
    let revision = 0
    transaction.addEventListener('complete', () => resolve(revision))
    transaction.addEventListener('abort', () =>
      reject(failure ?? transaction.error ?? new Aborted('the browser ended the transaction')),
    )

    const refuse = (reason: SyncError): void => {
      failure = reason
      transaction.abort()
    }

    const write = (head: Head): void => {
      const next = headAfterCommit(head, handle)
      revision = next.revision
      attempt.tried = revision
      for (const { key, value } of writes) {
        if (value === undefined) entries.delete(key)
        else entries.put({ key, value, revision } satisfies Entry)
      }
      putHead(heads, next)
      transaction.commit?.()
    }

    const decide = (head: Head | undefined, revisions: readonly number[]): void => {
      if (head === undefined) return refuse(corrupt(attempt.name, 'its head record is missing'))
      if (tried !== undefined && hasReceipt(head, { handle, revision: tried })) {
        revision = tried
        return
      }
      const failing = expect.find((expected, index) => expected.revision !== revisions[index])
      if (failing === undefined) write(head)
      else refuse(conflict(failing.key))
    }

    const revisions: number[] = []
    for (const { key } of expect) {
      ask(getEntry(entries, key), (entry) => revisions.push(entry?.revision ?? 0))
    }
    // Requests of a transaction are answered in order: this one when every revision is there.
    ask(getHead(heads), (head) => decide(head, revisions))
  })
