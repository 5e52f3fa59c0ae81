import { isSyncError, systemEnvironment } from '@holdfast/core'
import type { Database } from '@holdfast/core/storage'
import { storageConformance } from '@holdfast/core/testing'
import { workerStorage } from '@holdfast/storage-adapters/sqlite-worker'
import { workerPlace } from './worker-place.ts'

/** What the tests call in the page. */
export interface WasmPage {
  /** Runs the case of the kit with this name. */
  readonly run: (name: string) => Promise<void>
  /** Opens the app's database in a worker; the page's address says in which folder. These answer `done`, or with the error. */
  readonly open: () => Promise<string>
  readonly commit: (writes: Readonly<Record<string, string>>) => Promise<string>
  readonly close: () => Promise<string>
  readonly keys: () => Promise<readonly string[]>
}

declare global {
  interface Window {
    wasm: WasmPage
  }
}

const cases = new Map<string, () => Promise<void>>()
storageConformance({
  test: (name, run) => void cases.set(name, run),
  adapter: workerPlace,
  environment: systemEnvironment,
})

let database: Database | undefined
const handle = (): Database => {
  if (database === undefined) throw new Error('The page has no handle; open one.')
  return database
}

const outcome = async (run: () => Promise<unknown>): Promise<string> => {
  try {
    await run()
    return 'done'
  } catch (error) {
    if (isSyncError(error)) return `${error.code}: ${error.message}`
    throw error
  }
}

const startStorage = (): ReturnType<typeof workerStorage> =>
  workerStorage(new Worker(`/worker.js${location.search}`))
let storage: ReturnType<typeof workerStorage> | undefined

window.wasm = {
  async run(name) {
    const run = cases.get(name)
    if (run === undefined) throw new Error(`The page knows no case ${name}.`)
    await run()
  },
  open: () =>
    outcome(async () => {
      storage ??= startStorage()
      database = await storage.open('main')
    }),
  commit: (writes) =>
    outcome(() =>
      handle().commit({
        expect: [],
        writes: Object.entries(writes).map(([key, value]) => ({ key, value })),
      }),
    ),
  close: () => outcome(() => handle().close()),
  async keys() {
    const [entries] = await handle().read([{ scan: '' }])
    return entries.map(({ key }) => key)
  },
}
