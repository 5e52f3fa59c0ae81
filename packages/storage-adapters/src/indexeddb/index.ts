export type { IndexedDbBrowser } from './browser.ts'
export { indexedDbStorage, type IndexedDbStorageOptions } from './indexeddb-storage.ts'
