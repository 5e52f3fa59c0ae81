import type { StorageAdapter } from '@holdfast/core/storage'
import type { OpenServerStore } from '../stores/sqlite-server.ts'

/** How a seed is run, besides what it decides by itself. None of it changes what happens, but `only`. */
export interface RunOptions {
  /** Where a device keeps its data. Default: in memory. */
  readonly openPlace?: (() => StorageAdapter) | undefined
  /** Makes the database of the servers. Default: in memory. */
  readonly openServer?: (() => OpenServerStore) | undefined
  /** Of the actions, in the order in which they are scheduled, only these happen. Default: all. */
  readonly only?: ReadonlySet<number> | undefined
  readonly observer?: WorldObserver | undefined
}

/** Somebody who watches a world, and tells of it later. */
export interface WorldObserver {
  /** Virtual milliseconds from now on. */
  readonly onStart: (now: () => number) => void
  readonly onNote: (at: number, line: string, details: string | undefined) => void
}
