import type { StorageAdapter } from '@holdfast/core/storage'
import type { StoragePlace } from '@holdfast/core/testing'
import { capacitorSqliteDriver, sqliteStorage } from '@holdfast/storage-adapters/capacitor-sqlite'
import { expoSqliteDriver } from '@holdfast/storage-adapters/expo-sqlite'
import { opSqliteDriver } from '@holdfast/storage-adapters/op-sqlite'
import type { AsyncSqliteDriver } from '@holdfast/storage-adapters/sqlite'
import { capacitorSqliteShim, createNativeApp } from './shims/capacitor-sqlite-shim.ts'
import { expoSqliteShim } from './shims/expo-sqlite-shim.ts'
import { createNativeProcess, type NativeProcess } from './shims/native-process.ts'
import { opSqliteShim } from './shims/op-sqlite-shim.ts'
import { temporaryFolder } from './temporary.ts'

/** The driver of a process over a shim of its library, whose files are in this folder. */
type CreateDriver = (process: NativeProcess, folder: string) => AsyncSqliteDriver

/** `normal`, because a crash here ends a process, not the power. */
const shimPlace = (createDriver: CreateDriver, isShared: boolean) => async (): Promise<StoragePlace> => {
  const folder = temporaryFolder()
  const processes: NativeProcess[] = []

  const start = (): StorageAdapter => {
    const process = createNativeProcess()
    processes.push(process)
    const driver = createDriver(process, folder.path('.'))
    return sqliteStorage({ filename: 'place.sqlite', driver, durability: 'normal', pollEvery: 10 })
  }
  const killAll = (): void => {
    for (const process of processes.splice(0)) process.kill()
  }

  return {
    adapter: start(),
    async crash() {
      killAll()
      return start()
    },
    ...(isShared && { neighbour: async () => start() }),
    async dispose() {
      killAll()
      folder.remove()
    },
  }
}

export const shimPlaces: Readonly<Record<string, () => Promise<StoragePlace>>> = {
  'a shim of expo-sqlite': shimPlace(
    (process, folder) => expoSqliteDriver(expoSqliteShim({ process, folder, platform: 'ios' })),
    true,
  ),
  'a shim of op-sqlite': shimPlace((process, folder) => opSqliteDriver(opSqliteShim(process, folder)), true),
  'a shim of capacitor-sqlite': shimPlace(
    (process, folder) => capacitorSqliteDriver(capacitorSqliteShim(createNativeApp(process, folder))),
    false,
  ),
}
