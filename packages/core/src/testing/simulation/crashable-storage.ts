import { Observable } from 'rxjs'
import type { SyncError } from '../../base/errors.ts'
import type {
  CommitBatch,
  CommitReceipt,
  Database,
  ExternalCommit,
  StorageAdapter,
} from '../../storage/contract.ts'
import { never, type SimulatedProcess } from './simulated-process.ts'

/** The places where storage may be slow, refuse, or be the last thing that a process did. */
export type StorageStep = 'open' | 'read:before' | 'read:after' | 'commit:before' | 'commit:after'

export type StorageFault =
  | { readonly kind: 'delay'; readonly ms: number }
  /** Nothing is read or written. Not after a commit, which is done. */
  | { readonly kind: 'fail'; readonly error: SyncError }
  /** The process is dead: whoever plans this also kills it. */
  | { readonly kind: 'crash' }

export interface CrashableStorageOptions {
  readonly process: SimulatedProcess
  /** Asked at each step; undefined: all goes well. */
  readonly faultAt: (step: StorageStep) => StorageFault | undefined
  /** How late other tabs' commits are heard of, and whether only "something changed" is heard. */
  readonly noticeOf: (commit: ExternalCommit) => { readonly delay: number; readonly commit: ExternalCommit }
  /** Told of each commit once it is done, before anybody else hears of it. */
  readonly onCommitted?: (batch: CommitBatch, receipt: CommitReceipt) => void
  /** Told of each commit that the place itself refused. */
  readonly onRefused?: (error: unknown) => void
}

/** Storage as a process sees it that may die: what is committed stays, whatever becomes of the process. */
export const crashableStorage = (place: StorageAdapter, options: CrashableStorageOptions): StorageAdapter => {
  const { process, faultAt } = options

  /** Undefined: go on at once. Else it comes back when the step's time has come, or never. @throws SyncError */
  const pass = (step: StorageStep): Promise<void> | undefined => {
    if (!process.isAlive()) return never()
    const fault = faultAt(step)
    switch (fault?.kind) {
      case undefined:
        return undefined
      case 'crash':
        return never()
      case 'fail':
        throw fault.error
      case 'delay':
        return new Promise((resolve) => process.after(fault.ms, step, resolve))
    }
  }

  const alive = async <TResult>(result: Promise<TResult>): Promise<TResult> => {
    const value = await result
    return process.isAlive() ? value : never<TResult>()
  }

  const wrap = (database: Database): Database => ({
    async read(requests) {
      const before = pass('read:before')
      if (before !== undefined) await before
      const results = await database.read(requests)
      const after = pass('read:after')
      if (after !== undefined) await after
      return results
    },
    async commit(batch) {
      const before = pass('commit:before')
      if (before !== undefined) await before
      const receipt = await database.commit(batch).catch((error: unknown) => {
        options.onRefused?.(error)
        throw error
      })
      options.onCommitted?.(batch, receipt)
      const after = pass('commit:after')
      if (after !== undefined) await after
      return receipt
    },
    externalCommits$: noticed(database.externalCommits$, options),
    async close() {
      if (!process.isAlive()) return never()
      await database.close()
      return undefined
    },
  })

  return {
    ...place,
    async open(name) {
      await pass('open')
      return wrap(await alive(place.open(name)))
    },
    destroy: (name) => (process.isAlive() ? place.destroy(name) : never()),
  }
}

/** Notices in the order of the commits, each at its own pace. */
const noticed = (
  commits$: Observable<ExternalCommit>,
  { process, noticeOf }: CrashableStorageOptions,
): Observable<ExternalCommit> =>
  new Observable((subscriber) => {
    const waiting: ExternalCommit[] = []
    let last = 0
    const tell = (commit: ExternalCommit): void => {
      if (!process.isAlive()) return
      const notice = noticeOf(commit)
      const now = process.environment.clock.monotonic()
      last = Math.max(last, now + notice.delay)
      if (last <= now && waiting.length === 0) return subscriber.next(notice.commit)
      waiting.push(notice.commit)
      process.after(last - now, 'notice', () => {
        const first = waiting.shift()
        if (first !== undefined) subscriber.next(first)
      })
    }
    return commits$.subscribe({ next: tell, complete: () => subscriber.complete() })
  })
