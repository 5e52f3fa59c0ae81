import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { settle, work, type WorkOptions } from './device.ts'
import type { KillsClient } from './perform.ts'
import type { Told } from './told.ts'

export type PageOptions = Pick<WorkOptions, 'name' | 'seed' | 'first' | 'pauseMs'> & {
  readonly durability: 'strict' | 'relaxed'
}

/** A page that is a device. What it tells, one JSON text each, is heard before it goes on. */
declare global {
  interface Window {
    readonly tell: (text: string) => Promise<void>
    device: { readonly start: (options: PageOptions) => void; readonly settle: () => void }
  }
}

const tell = (told: Told): Promise<void> => window.tell(JSON.stringify(told))
const fail = (error: unknown): Promise<void> => tell({ kind: 'failed', reason: String(error) })
const stop = new AbortController()
let working: Promise<KillsClient> | undefined

window.device = {
  start({ durability, ...options }) {
    const storage = indexedDbStorage({ name: 'kills', durability })
    working = work({ ...options, storage, url: '/sync', shared: [], tell, stop: stop.signal })
    working.catch(fail)
  },
  settle() {
    stop.abort()
    working?.then((client) => settle(client, tell)).catch(fail)
  },
}
