import type { StorageAdapter } from '@holdfast/core/storage'
import type { StoragePlace } from '@holdfast/core/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import {
  betterSqlite3Driver,
  nodeSqliteDriver,
  sqliteStorage,
  type SqliteConnection,
  type SqliteDriver,
} from '@holdfast/storage-adapters/sqlite'
import { temporaryFolder } from './temporary.ts'

export const memoryPlace = async (): Promise<StoragePlace> => {
  const adapter = memoryStorage()
  return {
    adapter,
    crash: async () => memoryStorage(),
    neighbour: async () => adapter,
    dispose: async () => {},
  }
}

/** Keeps hold of the connections, so that those which a crash abandoned can be closed at the end. */
const recorded = (driver: SqliteDriver, connections: SqliteConnection[]): SqliteDriver => ({
  name: driver.name,
  async load() {
    const library = await driver.load()
    return {
      ...library,
      open(filename) {
        const connection = library.open(filename)
        connections.push(connection)
        return connection
      },
    }
  },
})

export const drivers: readonly SqliteDriver[] = [betterSqlite3Driver(), nodeSqliteDriver()]

/** `normal`, because a crash here ends a process, not the power. */
export const sqlitePlace = (driver: SqliteDriver) => async (): Promise<StoragePlace> => {
  const folder = temporaryFolder()
  const connections: SqliteConnection[] = []
  const filename = folder.path('place.sqlite')
  const next = (): StorageAdapter =>
    sqliteStorage({ filename, driver: recorded(driver, connections), durability: 'normal', pollEvery: 10 })
  return {
    adapter: next(),
    crash: async () => next(),
    neighbour: async () => next(),
    async dispose() {
      for (const connection of connections) {
        try {
          connection.close()
        } catch {
          continue
        }
      }
      folder.remove()
    },
  }
}
