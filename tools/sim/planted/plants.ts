import type { StorageAdapter } from '@holdfast/core/storage'
import type { ServerStore } from '@holdfast/server'
import type { Transport } from '@holdfast/core'

/** Where a bug may be planted between the product and what watches it. */
export interface Plants {
  readonly store: (store: ServerStore<undefined>) => ServerStore<undefined>
  readonly storage: (storage: StorageAdapter) => StorageAdapter
  readonly transport: (transport: Transport) => Transport
}

export const nothingPlanted: Plants = {
  store: (store) => store,
  storage: (storage) => storage,
  transport: (transport) => transport,
}
