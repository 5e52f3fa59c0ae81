import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import {
  sqliteStorage,
  sqliteWasmDriver,
  type PoolLocks,
  type SqliteWasm,
  type WasmDatabase,
} from '@holdfast/storage-adapters/sqlite-wasm'
import { temporaryFolder } from './support/temporary.ts'

const write = { expect: [], writes: [{ key: 'a', value: '1' }] }

/** The lock of one browser. */
const createLocks = (): PoolLocks => {
  const held = new Set<string>()
  return {
    async request(name, _, hold) {
      if (held.has(name)) return hold(null)
      held.add(name)
      await hold({})
      held.delete(name)
      return undefined
    },
  }
}

/** The library as the driver sees it, with a folder for its pool. Answers with what was asked of it. */
const createLibrary = (
  folder: string,
  install: () => void = () => undefined,
): { readonly library: SqliteWasm; readonly asked: string[] } => {
  const asked: string[] = []
  let isPaused = false
  let capacity = 0
  let files = 0
  const open = class implements WasmDatabase {
    readonly #database: DatabaseSync
    constructor(filename: string) {
      // It and its journal.
      files += 2
      if (files > capacity) throw new Error('SQLITE_CANTOPEN')
      this.#database = new DatabaseSync(`${folder}${filename}`)
    }
    exec(sql: string): void {
      this.#database.exec(sql)
    }
    prepare(sql: string): ReturnType<WasmDatabase['prepare']> {
      const statement = this.#database.prepare(sql)
      let values: (string | number | Uint8Array)[] = []
      let rows: object[] | undefined
      return {
        bind: (bound) => (values = bound),
        step: () => (rows = rows?.slice(1) ?? statement.all(...values)).length > 0,
        get: () => ({ ...rows?.[0] }),
        reset: () => (rows = undefined),
      }
    }
    close(): void {
      this.#database.close()
    }
  }
  const library: SqliteWasm = {
    async installOpfsSAHPoolVfs(options) {
      capacity = Math.max(capacity, options.initialCapacity ?? 0)
      asked.push(
        `install ${options.directory} ${options.preserveOnInitFailure === true ? 'kept' : 'removed'}`,
      )
      install()
      return {
        OpfsSAHPoolDb: open,
        getFileCount: () => files,
        async reserveMinimumCapacity(count) {
          capacity = Math.max(capacity, count)
        },
        isPaused: () => isPaused,
        pauseVfs() {
          asked.push('pause')
          isPaused = true
        },
        async unpauseVfs() {
          asked.push('unpause')
          isPaused = false
        },
      }
    },
  }
  return { library, asked }
}

const withFolder = async (run: (folder: string) => Promise<void>): Promise<void> => {
  const folder = temporaryFolder()
  try {
    await run(folder.path('.'))
  } finally {
    folder.remove()
  }
}

test('files are let go of when the last database has closed, and taken again', () =>
  withFolder(async (folder) => {
    const { library, asked } = createLibrary(folder)
    const storage = sqliteStorage({
      filename: 'app.sqlite',
      driver: sqliteWasmDriver(library, { locks: createLocks() }),
    })
    for (let round = 0; round < 2; round += 1) {
      const [first, second] = [await storage.open('main'), await storage.open('other')]
      await first.commit(write)
      await first.close()
      await second.close()
    }
    expect(asked).toEqual(['install holdfast kept', 'pause', 'install holdfast kept', 'unpause', 'pause'])
  }))

test('while another tab has the lock the library is not asked, which would remove what is there', () =>
  withFolder(async (folder) => {
    const locks = createLocks()
    const [mine, theirs] = [createLibrary(folder), createLibrary(folder)]
    const storageOf = (library: SqliteWasm): ReturnType<typeof sqliteStorage> =>
      sqliteStorage({ filename: 'app.sqlite', driver: sqliteWasmDriver(library, { locks }) })
    const database = await storageOf(mine.library).open('main')
    const other = storageOf(theirs.library)
    await expect(other.open('main')).rejects.toMatchObject({ code: 'STORAGE_LOCKED' })
    expect(theirs.asked).toEqual([])
    await database.close()
    await (await other.open('main')).close()
  }))

test('files that a worker which has ended still holds are STORAGE_LOCKED, and the lock is given back', () =>
  withFolder(async (folder) => {
    let isHeld = true
    const { library } = createLibrary(folder, () => {
      if (isHeld) throw new DOMException('held', 'NoModificationAllowedError')
    })
    const driver = sqliteWasmDriver(library, { locks: createLocks() })
    const storage = sqliteStorage({ filename: 'app.sqlite', driver })
    await expect(storage.open('main')).rejects.toMatchObject({ code: 'STORAGE_LOCKED' })
    isHeld = false
    await (await storage.open('main')).close()
  }))

test('a second adapter on one file in one worker is refused, another file is not', () =>
  withFolder(async (folder) => {
    const driver = sqliteWasmDriver(createLibrary(folder).library, { locks: createLocks() })
    const storageOf = (filename: string): ReturnType<typeof sqliteStorage> =>
      sqliteStorage({ filename, driver })
    const first = await storageOf('one.sqlite').open('main')
    await expect(storageOf('one.sqlite').open('main')).rejects.toMatchObject({ code: 'STORAGE_LOCKED' })
    const other = await storageOf('two.sqlite').open('main')
    await first.commit(write)
    await first.close()
    await other.commit(write)
    await (await storageOf('one.sqlite').open('main')).close()
    await other.close()
  }))

test('the folder grows with the database files that are opened in it', () =>
  withFolder(async (folder) => {
    const driver = sqliteWasmDriver(createLibrary(folder).library, { locks: createLocks() })
    const open = (name: string) => sqliteStorage({ filename: `${name}.sqlite`, driver }).open('main')
    const databases = [await open('first'), ...(await Promise.all(['b', 'c', 'd', 'e'].map(open)))]
    for (const database of databases) await database.commit(write)
    for (const database of databases) await database.close()
  }))
