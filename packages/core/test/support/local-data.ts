import { memoryStorage } from '@holdfast/storage-adapters/memory'
import type { Entry, StorageAdapter } from '@holdfast/core/storage'
import type { Timers } from '../../src/base/environment.ts'
import { createReader, type Reader } from '../../src/data/reader.ts'
import { createRecordFeed } from '../../src/data/record-feed.ts'
import type { IndexFields } from '../../src/model/indexes.ts'
import type { RecordData } from '../../src/model/record.ts'
import type { Schema } from '../../src/model/schema.ts'
import { noRecord } from '../../src/oplog/entries.ts'
import { stepIndexes } from '../../src/oplog/index-upkeep.ts'
import { logKey } from '../../src/oplog/keys.ts'
import { logHead, putLogHead } from '../../src/oplog/log.ts'
import { putRecord, recordReads } from '../../src/oplog/records.ts'
import { createStore, type Store } from '../../src/storage/store.ts'
import { manualEnvironment } from './manual-environment.ts'

export interface Change {
  readonly id: string
  readonly record: RecordData | undefined
  readonly scope?: string
}

/** The local data layer by itself: records are stored as the log's steps store them, without operations. */
export interface LocalData {
  readonly store: Store
  readonly reader: Reader
  /** How many entries were read so far. */
  readonly entriesRead: () => number
  readonly write: (...changes: readonly Change[]) => Promise<void>
  /** Brings the indexes to what is declared, to the end. */
  readonly buildIndexes: (indexes: readonly IndexFields[]) => Promise<void>
}

export interface LocalDataOptions {
  readonly indexes?: readonly IndexFields[]
  readonly scopes?: readonly string[]
  readonly storage?: StorageAdapter
  readonly timers?: Timers
}

export const collection = 'things'

/** All that the indexes' upkeep looks at. */
export const schemaWith = (indexes: readonly IndexFields[]): Schema =>
  ({ version: '1.0.0', collections: { [collection]: { indexes } } }) as unknown as Schema

export const openLocalData = async (options: LocalDataOptions = {}): Promise<LocalData> => {
  const { indexes = [], scopes = ['s'], storage = memoryStorage() } = options
  let entriesRead = 0
  const inner = await storage.open('u')
  const store = createStore({
    ...inner,
    async read(requests) {
      const results = await inner.read(requests)
      for (const result of results as readonly (Entry | undefined | readonly Entry[])[]) {
        if (result === undefined) continue
        entriesRead += 'key' in result ? 1 : result.length
      }
      return results
    },
  })
  const buildIndexes: LocalData['buildIndexes'] = async (declared) => {
    for (const scope of scopes)
      while (await store.update((workspace) => stepIndexes(workspace, scope, schemaWith(declared))));
  }
  await buildIndexes(indexes)
  const { feed$ } = createRecordFeed(store)
  const { timers } = options.timers === undefined ? manualEnvironment() : { timers: options.timers }
  return {
    store,
    reader: createReader({
      store,
      schema: schemaWith(indexes),
      feed$,
      collection,
      scopes: () => scopes,
      declared: indexes,
      timers,
    }),
    entriesRead: () => entriesRead,
    write: (...changes) => store.update((workspace) => writeAll(workspace, scopes, changes)),
    buildIndexes,
  }
}

const writeAll = async (
  workspace: Parameters<Parameters<Store['update']>[0]>[0],
  [first = 's']: readonly string[],
  changes: readonly Change[],
): Promise<void> => {
  const all = changes.map(({ id, record, scope = first }) => ({
    address: { scope, collection, recordId: id },
    record,
  }))
  const logs = [...new Set(all.map(({ address }) => address.scope))]
  await workspace.read([
    ...logs.map((scope) => ({ get: logKey(scope) })),
    ...recordReads(all.map(({ address }) => address)),
  ])
  for (const { address, record } of all)
    putRecord(workspace, address, { ...noRecord, overlay: 1, shown: record })
  for (const scope of logs) putLogHead(workspace, scope, logHead(workspace, scope))
}
