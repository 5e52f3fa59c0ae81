import './stand-ins/node-globals.ts'
import { systemEnvironment, type Environment } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import type { SqliteConnection } from '@holdfast/storage-adapters/sqlite'
import { sqliteStorage, sqliteWasmDriver, type SqliteWasm } from '@holdfast/storage-adapters/sqlite-wasm'
import { runWorld } from '../../../tools/sim/world/run-world.ts'
import type { SeedInBrowser, ToldOfSeed } from './seed-in-browser.ts'

/** One world whose devices keep their data with SQLite on OPFS. The worker's address says which, and in which folder. */
const parameters = new URLSearchParams(location.search)
const seed = Number(parameters.get('seed'))
const directory = parameters.get('directory') ?? ''

/** As the package ships it, beside its WASM file. */
const address = '/sqlite-wasm/index.mjs'

/** Nobody but the simulation writes, so nobody has to be looked for. */
const timeless: Environment = { ...systemEnvironment, timers: { after: () => () => undefined } }

/** A database file and its journal, for each of as many devices as a world has, their copies, and more. */
const capacity = 64

/**
 * A connection that is there until the world is over, as over SQLite in Node. Whoever opens a file takes some turns more
 * than whoever finds it open, and virtual time knows nothing of those.
 */
const lasting = (connection: SqliteConnection): SqliteConnection => ({
  ...connection,
  close: () => undefined,
})

interface Places {
  readonly open: () => StorageAdapter
  readonly count: () => number
}

const openPlaces = async (): Promise<Places> => {
  const shipped = (await import(address)) as { readonly default: () => Promise<SqliteWasm> }
  const driver = sqliteWasmDriver(await shipped.default(), { directory, capacity })
  // Before the world begins: virtual time does not wait for the browser.
  const library = await driver.load()
  let places = 0
  return {
    open() {
      places += 1
      const filename = `place-${places}.sqlite`
      const connection = library.open(filename)
      return sqliteStorage({
        filename,
        driver: { ...driver, load: async () => ({ ...library, open: () => lasting(connection) }) },
        environment: timeless,
        durability: 'normal',
      })
    },
    count: () => places,
  }
}

const run = async (): Promise<SeedInBrowser> => {
  const places = await openPlaces()
  const { hash, events, violation } = await runWorld(seed, undefined, {}, { openPlace: places.open })
  return {
    hash,
    events,
    databases: places.count(),
    violation: violation && `${violation.promise}: ${violation.message}`,
  }
}

const tell = (told: ToldOfSeed): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
  self.postMessage(told)
}

Error.stackTraceLimit = 3

run().then(
  (done) => tell({ done }),
  (error: unknown) =>
    tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
)
