import type { StorageAdapter } from '@holdfast/core/storage'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { sqlitePlace } from './sqlite-place.ts'

/** Where the devices of a world keep their data. */
export const placesByName = {
  memory: memoryStorage,
  sqlite: sqlitePlace,
} as const satisfies Readonly<Record<string, () => StorageAdapter>>

export type StoresName = keyof typeof placesByName

export const storesNames = Object.keys(placesByName) as [StoresName, ...StoresName[]]
