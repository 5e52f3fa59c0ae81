import type { AsyncSqliteDriver, SqliteDriver, SqliteTraits } from './driver.ts'
import { corrupt } from './failures.ts'
import { assertLayout, isNewFile, prepareLayout } from './layout.ts'
import type { Platform } from './platform.ts'
import { exec, single, type Program } from './program.ts'
import { createAsyncRunner, createRunner, type Runner } from './runner.ts'

export interface ConnectOptions {
  readonly filename: string
  readonly durability: 'full' | 'normal'
  readonly busyTimeout: number
  readonly traits: SqliteTraits
  readonly platform: Platform
}

export type AnyDriver = SqliteDriver | AsyncSqliteDriver
export type AnyLibrary = Awaited<ReturnType<AnyDriver['load']>>

/**
 * Opens the file, checks it and makes it ours. Never removes or replaces anything: what can't be read stays.
 */
export const connect = async (library: AnyLibrary, options: ConnectOptions): Promise<Runner> => {
  const { filename, platform } = options
  const isLeftOver = (platform.sizeOf?.(`${filename}-wal`) ?? 0) > 0
  if (isLeftOver && (platform.sizeOf?.(filename) ?? 0) === 0)
    throw corrupt(filename, 'its -wal file is there, but it is missing or empty')
  const runner = await open(library, filename)
  try {
    await runner.run(() => preparing(options, isLeftOver))
    return runner
  } catch (error) {
    await runner.close()
    throw error
  }
}

const open = async (library: AnyLibrary, filename: string): Promise<Runner> =>
  'openAsync' in library
    ? createAsyncRunner(await library.openAsync(filename))
    : createRunner(library.open(filename))

function* preparing(options: ConnectOptions, isLeftOver: boolean): Program<void> {
  const { filename, durability, busyTimeout, traits } = options
  yield* exec(`PRAGMA busy_timeout = ${busyTimeout}`)
  const isNew = yield* isNewFile()
  if (!isNew) yield* assertLayout(filename)
  if (isLeftOver) yield* assertSound(filename)
  yield* exec(
    `PRAGMA journal_mode = ${traits.journal}`,
    `PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`,
    'PRAGMA secure_delete = ON',
  )
  if (isNew) yield* prepareLayout(filename)
}

/** The last process to close a file removes the log, so a log that is left over tells of a crash (or of a neighbour). */
function* assertSound(filename: string): Program<void> {
  const verdict = (yield* single('PRAGMA quick_check(1)')) ?? 'no answer'
  if (verdict !== 'ok') throw corrupt(filename, verdict)
}
