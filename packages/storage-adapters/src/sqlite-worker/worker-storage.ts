import { Observable, Subject } from 'rxjs'
import {
  checkBatch,
  checkRequests,
  type CommitReceipt,
  type Database,
  type ExternalCommit,
  type ReadRequest,
  type ReadResults,
  type StorageAdapter,
} from '@holdfast/core/storage'
import { closed } from '../shared/refusals.ts'
import { createLine, type Line } from './line.ts'
import type { StoragePort } from './messages.ts'

export interface WorkerStorageOptions {
  /** What the adapter on the other end says of itself. Default: as SQLite WASM on OPFS. */
  readonly name?: string | undefined
  readonly supports?: StorageAdapter['supports'] | undefined
}

/** The adapter that `serveStorage` serves on the other end of the port, for instance in a worker. */
export const workerStorage = (port: StoragePort, options: WorkerStorageOptions = {}): StorageAdapter => {
  const { name: ownName = 'sqlite', supports = { durable: true, sharedAcrossTabs: false } } = options
  const line = createLine(port)
  return {
    name: ownName,
    supports,
    open: async (name) => openDatabase(line, name, (await line.ask({ kind: 'open', name })) as number),
    async destroy(name) {
      await line.ask({ kind: 'destroy', name })
    },
  }
}

const openDatabase = (line: Line, name: string, handle: number): Database => {
  let isOpen = true
  const assertOpen = (): void => {
    if (!isOpen) throw closed(name)
  }
  const heard$ = new Subject<ExternalCommit>()
  line.hear(handle, heard$)
  let listeners = 0

  return {
    externalCommits$: new Observable((subscriber) => {
      const subscription = heard$.subscribe(subscriber)
      if (isOpen && listeners === 0) line.tell({ kind: 'listen', handle })
      listeners += 1
      return () => {
        subscription.unsubscribe()
        listeners -= 1
        if (isOpen && listeners === 0) line.tell({ kind: 'ignore', handle })
      }
    }),

    async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
      assertOpen()
      checkRequests(requests)
      return (await line.ask({ kind: 'read', handle, requests })) as ReadResults<TRequests>
    },

    async commit(batch) {
      assertOpen()
      checkBatch(batch)
      return (await line.ask({ kind: 'commit', handle, batch })) as CommitReceipt
    },

    async close() {
      if (!isOpen) return
      isOpen = false
      line.forget(handle)
      heard$.complete()
      await line.ask({ kind: 'close', handle })
    },
  }
}
