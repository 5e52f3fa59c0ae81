import type { Entry } from '@holdfast/core/storage'

/** IndexedDB's own version of the database. Raised by each change that older code can't read. */
export const layoutVersion = 1

/** Holds `Entry` objects under their `key`. */
export const entryStore = 'entries'

/** Holds the one `Head`. */
export const headStore = 'head'

const headKey = 'head'

/** The one thing that every commit reads and writes besides its own keys. */
export interface Head {
  /** Of this database, so that one which was removed and made again under the same name is not taken for it. */
  readonly id: string
  /** Of the last commit. */
  readonly revision: number
  /** The last commit of each of the handles that committed last, newest first. */
  readonly receipts: readonly Receipt[]
}

/** Tells a handle which lost its connection during a commit what became of it. */
export interface Receipt {
  readonly handle: string
  readonly revision: number
}

/** So many other handles may commit while one comes back from a lost connection. */
const mostReceipts = 16

export const headAfterCommit = (head: Head, handle: string): Head => {
  const revision = head.revision + 1
  const others = head.receipts.filter((receipt) => receipt.handle !== handle)
  return { ...head, revision, receipts: [{ handle, revision }, ...others].slice(0, mostReceipts) }
}

export const hasReceipt = (head: Head, { handle, revision }: Receipt): boolean =>
  head.receipts.some((receipt) => receipt.handle === handle && receipt.revision === revision)

/** Runs inside the transaction in which a database is made. */
export const createLayout = (database: IDBDatabase, id: string): void => {
  database.createObjectStore(entryStore, { keyPath: 'key' satisfies keyof Entry })
  putHead(database.createObjectStore(headStore), { id, revision: 0, receipts: [] })
}

export const hasLayout = ({ objectStoreNames }: IDBDatabase): boolean =>
  objectStoreNames.contains(entryStore) && objectStoreNames.contains(headStore)

export const getEntry = (store: IDBObjectStore, key: string): IDBRequest<Entry | undefined> =>
  store.get(key) as IDBRequest<Entry | undefined>

export const getHead = (store: IDBObjectStore): IDBRequest<Head | undefined> =>
  store.get(headKey) as IDBRequest<Head | undefined>

export const putHead = (store: IDBObjectStore, head: Head): void => {
  store.put(head, headKey)
}
