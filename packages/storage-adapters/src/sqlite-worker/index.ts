export type { StoragePort } from './messages.ts'
export { serveStorage } from './serve-storage.ts'
export { workerStorage, type WorkerStorageOptions } from './worker-storage.ts'
