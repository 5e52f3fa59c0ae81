import type { CommitBatch, Database, StorageAdapter, Write } from '@holdfast/core/storage'
import type { ReadTransaction, ServerStore, SyncHandlers, WriteTransaction } from '@holdfast/server'
import type { Transport } from '@holdfast/core'
import type { CompactionPlugin, LeasePlugin, UpgradePlugin } from '../world/app-plugins.ts'

/** Where a bug may be planted between the product and what watches it. */
export interface Plants {
  readonly store: (store: ServerStore<undefined>) => ServerStore<undefined>
  readonly storage: (storage: StorageAdapter) => StorageAdapter
  readonly transport: (transport: Transport, tab: string) => Transport
  readonly leases: (plugin: LeasePlugin) => LeasePlugin
  readonly migrations: (plugin: UpgradePlugin, device: string) => UpgradePlugin
  readonly compaction: (plugin: CompactionPlugin) => CompactionPlugin
  readonly handlers: <TContext>(handlers: SyncHandlers<TContext>, server: string) => SyncHandlers<TContext>
}

export const nothingPlanted: Plants = {
  store: (store) => store,
  storage: (storage) => storage,
  transport: (transport) => transport,
  leases: (plugin) => plugin,
  compaction: (plugin) => plugin,
  migrations: (plugin) => plugin,
  handlers: (handlers) => handlers,
}

/** The database of a device is another one. Called once for each tab. */
export const withDatabase = (change: (database: Database) => Database): Plants => ({
  ...nothingPlanted,
  storage: (storage): StorageAdapter => ({
    ...storage,
    open: async (name) => change(await storage.open(name)),
  }),
})

export const changingCommits = (
  change: (batch: CommitBatch, database: Database) => CommitBatch | Promise<CommitBatch>,
): Plants =>
  withDatabase((database) => ({
    ...database,
    commit: async (batch) => database.commit(await change(batch, database)),
  }))

export const changingWrites = (change: (write: Write) => Write): Plants =>
  withDatabase((database) => ({
    ...database,
    commit: ({ expect, writes }) => database.commit({ expect, writes: writes.map(change) }),
  }))

export const withTransport = (change: (transport: Transport) => Transport): Plants => ({
  ...nothingPlanted,
  transport: change,
})

export const withTransaction = (
  change: (tx: WriteTransaction<undefined>, scope: string) => WriteTransaction<undefined>,
): Plants => ({
  ...nothingPlanted,
  store: (store): ServerStore<undefined> => ({
    ...store,
    write: (scope, run) => store.write(scope, (tx) => run(change(tx, scope))),
  }),
})

/** What the server looks up outside of its pushes. */
export const withReads = (
  change: (tx: ReadTransaction<undefined>) => ReadTransaction<undefined>,
): Plants => ({
  ...nothingPlanted,
  store: (store): ServerStore<undefined> => ({
    ...store,
    read: (scope, run) => store.read(scope, (tx) => run(change(tx))),
  }),
})
