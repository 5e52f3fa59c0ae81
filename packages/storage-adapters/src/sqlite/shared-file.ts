import type { Environment } from '@holdfast/core'
import { createRoom } from '../shared/room.ts'
import { connect, type ConnectOptions } from './connect.ts'
import type { SqliteDriver } from './driver.ts'
import { toSyncError } from './failures.ts'
import { createNeighbours, type KnownDatabase, type Neighbours } from './neighbours.ts'
import { createSqliteFile, type SqliteFile } from './sqlite-file.ts'

/** The one connection that all handles of an adapter object use, while there are any. */
export interface SharedFile {
  readonly file: SqliteFile
  readonly neighbours: Neighbours
  /** The database called `name`, which all handles on that name share. */
  know(name: string): KnownDatabase
  forget(name: string): void
}

export interface SharedFileOptions extends ConnectOptions {
  readonly driver: SqliteDriver
  readonly environment: Environment
  readonly pollEvery: number
}

const openSharedFile = async (options: SharedFileOptions): Promise<SharedFile> => {
  const { driver, environment, filename, pollEvery } = options
  const library = await driver.load()
  const place = { filename, resultCodeOf: library.resultCodeOf }
  try {
    const file = createSqliteFile(connect(library, options), place)
    const databases = new Map<string, KnownDatabase>()
    return {
      file,
      neighbours: createNeighbours(file, environment, pollEvery),
      know(name) {
        const id = file.enter(name)
        const known = databases.get(name)
        if (known?.id === id) return known
        const database = { id, room: createRoom(), known: file.revisionOf(id) ?? 0, listeners: 0 }
        databases.set(name, database)
        return database
      },
      forget(name) {
        databases.get(name)?.room.clear()
        databases.delete(name)
      },
    }
  } catch (error) {
    throw toSyncError(error, place)
  }
}

export interface Lease {
  readonly shared: SharedFile
  readonly release: () => void
}

/** Opens the file for the first who leases it and closes it after the last. */
export const createLeases = (options: SharedFileOptions): (() => Promise<Lease>) => {
  let current: { readonly opening: Promise<SharedFile>; users: number } | undefined

  return async () => {
    const mine = (current ??= { opening: openSharedFile(options), users: 0 })
    mine.users += 1
    const leave = (): boolean => {
      mine.users -= 1
      if (mine.users > 0) return false
      if (current === mine) current = undefined
      return true
    }
    try {
      const shared = await mine.opening
      return {
        shared,
        release() {
          if (leave()) shared.file.close()
        },
      }
    } catch (error) {
      leave()
      throw error
    }
  }
}
