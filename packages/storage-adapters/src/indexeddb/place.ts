import type { Environment } from '@holdfast/core'
import type { IndexedDbBrowser } from './browser.ts'

/** Which database of which browser, and how long to wait for it. */
export interface Place {
  /** IndexedDB's name of the database. */
  readonly name: string
  readonly browser: IndexedDbBrowser
  readonly environment: Environment
  readonly busyTimeout: number
}
