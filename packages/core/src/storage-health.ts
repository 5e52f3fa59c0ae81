export {
  localBirths,
  type BirthRecord,
  type KeyValues,
  type LocalBirthsOptions,
  type LocalDataLost,
} from './client/storage-health/births.ts'
export {
  persistStorage,
  watchStorage,
  type StorageHealth,
  type StorageManagerLike,
  type WatchStorageOptions,
} from './client/storage-health/watch-storage.ts'
