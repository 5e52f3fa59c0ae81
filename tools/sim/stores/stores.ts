import { memoryStorage } from '@holdfast/storage-adapters/memory'
import type { RunOptions } from '../world/run-options.ts'
import { sqlitePlace } from './sqlite-place.ts'
import { sqliteServer } from './sqlite-server.ts'

/** Where the devices and the servers of a world keep their data. */
export const storesByName = {
  memory: { openPlace: memoryStorage },
  sqlite: { openPlace: sqlitePlace, openServer: sqliteServer },
} as const satisfies Readonly<Record<string, Pick<RunOptions, 'openPlace' | 'openServer'>>>

export type StoresName = keyof typeof storesByName

export const storesNames = Object.keys(storesByName) as [StoresName, ...StoresName[]]
