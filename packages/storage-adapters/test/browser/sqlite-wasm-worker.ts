import type initialize from '@sqlite.org/sqlite-wasm'
import { sqliteStorage, sqliteWasmDriver } from '@holdfast/storage-adapters/sqlite-wasm'
import { serveStorage } from '@holdfast/storage-adapters/sqlite-worker'

/** The worker of a page that keeps its databases with SQLite on OPFS. Its address says in which folder. */
const parameters = new URLSearchParams(location.search)

/** As the package ships it, beside its WASM file. */
const address = '/sqlite-wasm/index.mjs'

const start = async (): Promise<ReturnType<typeof sqliteStorage>> => {
  const library = (await import(address)) as { readonly default: typeof initialize }
  const sqlite3 = await library.default()
  const driver = sqliteWasmDriver(sqlite3, { directory: parameters.get('directory') ?? 'holdfast' })
  const storageOf = (filename: string): ReturnType<typeof sqliteStorage> =>
    sqliteStorage({ filename, driver, durability: 'normal' })
  for (let index = 0; index < Number(parameters.get('others')); index += 1) {
    const other = await storageOf(`other-${index}.sqlite`).open('main')
    await other.commit({ expect: [], writes: [{ key: 'a', value: '1' }] })
  }
  return storageOf('place.sqlite')
}

serveStorage(self, start())
