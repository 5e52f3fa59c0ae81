import type { Environment } from '@holdfast/core'
import { createRoom } from '../shared/room.ts'
import { createColumn } from './column.ts'
import { connect, type AnyDriver, type ConnectOptions } from './connect.ts'
import { toSyncError } from './failures.ts'
import { createNeighbours, type KnownDatabase, type Neighbours } from './neighbours.ts'
import { whenDone, type Later } from './runner.ts'
import { createSqliteFile, type SqliteFile } from './sqlite-file.ts'

/** The one connection that all handles of an adapter object use, while there are any. */
export interface SharedFile {
  readonly file: SqliteFile
  readonly neighbours: Neighbours
  /** The database called `name`, which all handles on that name share. */
  know(name: string): Later<KnownDatabase>
  forget(name: string): void
}

export interface SharedFileOptions extends ConnectOptions {
  readonly driver: AnyDriver
  readonly environment: Environment
  readonly pollEvery: number
}

const openSharedFile = async (options: SharedFileOptions): Promise<SharedFile> => {
  const { driver, environment, filename, platform, pollEvery } = options
  const library = await driver.load()
  const place = { filename, resultCodeOf: library.resultCodeOf }
  try {
    const runner = await connect(library, options)
    const column = createColumn({ filename, crc32: platform.crc32, takesBytes: runner.takesBytes })
    const file = createSqliteFile({ runner, column, place })
    const databases = new Map<string, KnownDatabase>()
    const knowAs =
      (name: string, id: number) =>
      (revision = 0): KnownDatabase => {
        const known = databases.get(name)
        if (known?.id === id) return known
        const database = { id, room: createRoom(), known: revision, listeners: 0 }
        databases.set(name, database)
        return database
      }
    return {
      file,
      neighbours: createNeighbours(file, environment, pollEvery),
      know: (name) => whenDone(file.enter(name), (id) => whenDone(file.revisionOf(id), knowAs(name, id))),
      forget(name) {
        databases.get(name)?.room.clear()
        databases.delete(name)
      },
    }
  } catch (error) {
    throw await toSyncError(error, place)
  }
}

export interface Lease {
  readonly shared: SharedFile
  readonly release: () => Later<unknown>
}

/** Opens the file for the first who leases it and closes it after the last. */
export const createLeases = (options: SharedFileOptions): (() => Promise<Lease>) => {
  let current: { readonly opening: Promise<SharedFile>; users: number } | undefined
  /** A place that takes one connection only is opened after the one before has let go of it. */
  let closing: Promise<unknown> | undefined

  const openNext = (): Promise<SharedFile> =>
    closing === undefined ? openSharedFile(options) : closing.then(() => openSharedFile(options))

  const close = ({ file }: SharedFile): Later<unknown> => {
    const result = file.close()
    if (result instanceof Promise) closing = result.catch(() => undefined)
    return result
  }

  return async () => {
    const mine = (current ??= { opening: openNext(), users: 0 })
    mine.users += 1
    const leave = (): boolean => {
      mine.users -= 1
      if (mine.users > 0) return false
      if (current === mine) current = undefined
      return true
    }
    try {
      const shared = await mine.opening
      return { shared, release: () => (leave() ? close(shared) : undefined) }
    } catch (error) {
      leave()
      throw error
    }
  }
}
