import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { createInterface } from 'node:readline'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { settle, work, type WorkOptions } from '../app/device.ts'
import type { Told } from '../app/told.ts'
import { tearing } from './planted.ts'

/**
 * A device in a process of its own, to be killed. Its only argument: these options, as JSON. Prints what it tells, one
 * JSON text a line. The line `settle` on its standard input makes it stop writing and settle; it ends with that input.
 */
export type DeviceProcessOptions = Pick<
  WorkOptions,
  'url' | 'name' | 'seed' | 'first' | 'shared' | 'pauseMs'
> & {
  readonly filename: string
  readonly durability: 'full' | 'normal'
  /** With the planted fault `tearing`. */
  readonly planted: boolean
}

const run = async (): Promise<void> => {
  const { filename, durability, planted, ...options } = JSON.parse(
    process.argv[2] ?? '',
  ) as DeviceProcessOptions
  // Written when it returns: what a killed process has told is heard.
  const tell = (told: Told): void => void writeSync(1, `${JSON.stringify(told)}\n`)
  const fail = (error: unknown): void => tell({ kind: 'failed', reason: String(error) })
  const stop = new AbortController()
  const input = createInterface({ input: process.stdin })
  input.once('close', () => process.exit())
  // Whoever is killed does not get to it at its end.
  flushCompileCache()
  const storage = sqliteStorage({ filename, durability })
  const working = work({ ...options, storage: planted ? tearing(storage) : storage, tell, stop: stop.signal })
  input.on('line', () => {
    stop.abort()
    void working.then((client) => settle(client, tell)).catch(fail)
  })
  await working.catch(fail)
}

await run()
