import { SyncError } from '@holdfast/core'
import { takeLock, type PoolLocks, type Release } from './pool-lock.ts'
import type { SqliteWasm, WasmPool } from './sqlite-wasm.ts'

export interface PoolOptions {
  /** The folder in the origin's private file system that is the driver's alone. */
  readonly directory: string
  /** How many files the pool has at first, journals included. */
  readonly capacity: number
  readonly locks: PoolLocks
}

/** The pool of files, held while somebody uses it. */
export interface Pool {
  /** @throws SyncError STORAGE_LOCKED where another tab has it */
  enter(): Promise<WasmPool>
  leave(): Promise<unknown>
}

/** Itself, and its journal. */
const filesOfDatabase = 2

const locked = (directory: string, cause?: unknown): SyncError<'STORAGE_LOCKED'> =>
  new SyncError(
    'STORAGE_LOCKED',
    `Another tab or worker has the databases of ${directory} open, and only one can. Try again when it has closed.`,
    { name: directory },
    { cause },
  )

export const createPool = (sqlite3: SqliteWasm, { directory, capacity, locks }: PoolOptions): Pool => {
  const name = `holdfast-${directory}`
  let users = 0
  let current: Promise<HeldPool> | undefined
  let leaving: Promise<unknown> = Promise.resolve()

  const acquire = async (): Promise<HeldPool> => {
    await leaving
    // The library must not meet a pool that is taken: before 3.54 it answers by removing what it can of it.
    const release = await takeLock(locks, name)
    if (release === undefined) throw locked(directory)
    try {
      const pool = await sqlite3.installOpfsSAHPoolVfs({
        name,
        directory,
        initialCapacity: capacity,
        forceReinitIfPreviouslyFailed: true,
        preserveOnInitFailure: true,
      })
      if (pool.isPaused()) await pool.unpauseVfs()
      return { pool, release }
    } catch (error) {
      await release()
      // A worker that was ended may hold its files for a moment longer than its lock.
      if (isTaken(error)) throw locked(directory, error)
      throw error
    }
  }

  const letGo = async (left: Promise<HeldPool>): Promise<void> => {
    const { pool, release } = await left
    pool.pauseVfs()
    await release()
  }

  const leave = async (): Promise<void> => {
    users -= 1
    if (users > 0 || current === undefined) return
    const left = letGo(current)
    current = undefined
    leaving = left.catch(() => undefined)
    await left
  }

  return {
    async enter() {
      users += 1
      current ??= acquire()
      try {
        const { pool } = await current
        // Whoever enters opens a file that is new, maybe, and so may those that entered a moment ago.
        await pool.reserveMinimumCapacity(pool.getFileCount() + users * filesOfDatabase)
        return pool
      } catch (error) {
        await leave().catch(() => undefined)
        throw error
      }
    },
    leave,
  }
}

interface HeldPool {
  readonly pool: WasmPool
  readonly release: Release
}

const isTaken = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'NoModificationAllowedError'
