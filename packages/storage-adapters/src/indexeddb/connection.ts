import { Aborted, corrupt, locked, removed, toSyncError } from './failures.ts'
import { createLayout, hasLayout, layoutVersion, type Head } from './layout.ts'
import { startNewLog } from './new-log.ts'
import type { Place } from './place.ts'
import { readHead, whileConnected } from './transactions.ts'

export interface Connection {
  readonly database: IDBDatabase
  /** As it was when the connection was made. */
  readonly head: Head
}

/**
 * Opens the database, and makes it where it is missing, unless `id` says which one it has to be.
 * @throws SyncError STORAGE_LOCKED, STORAGE_FAILED, STORAGE_FULL, STORAGE_CORRUPT; CLOSED where that one is gone
 */
export const connect = async (place: Place, id?: string): Promise<Connection> => {
  const { name } = place
  let database: IDBDatabase | undefined
  try {
    await startNewLog(place)
    database = await openDatabase(place, id === undefined)
    // Whoever removes or upgrades the database waits until this connection is closed.
    database.addEventListener('versionchange', () => database?.close())
    const head = hasLayout(database) ? await whileConnected(database, readHead) : undefined
    if (head === undefined) throw corrupt(name, 'it lacks what every database of Holdfast has')
    if (id !== undefined && head.id !== id) throw removed(name)
    return { database, head }
  } catch (error) {
    database?.close()
    throw toSyncError(error, name)
  }
}

const openDatabase = async (place: Place, mayCreate: boolean): Promise<IDBDatabase> => {
  const { name, browser, environment } = place
  const request = browser.indexedDB.open(name, layoutVersion)
  let gone = false
  request.addEventListener('upgradeneeded', () => {
    if (mayCreate) return createLayout(request.result, environment.newId())
    // A database whose first upgrade is aborted does not come to be.
    gone = true
    request.transaction?.abort()
  })
  try {
    return await waitFor(place, request, { what: 'opened', tooLate: () => request.result.close() })
  } catch (error) {
    throw gone ? removed(name) : error
  }
}

/** @throws SyncError STORAGE_LOCKED: then the browser still removes it, as soon as the others let go of it. */
export const removeDatabase = async (place: Place): Promise<void> => {
  const { name, browser } = place
  try {
    await waitFor(place, browser.indexedDB.deleteDatabase(name), {
      what: 'removed',
      tooLate: () => undefined,
    })
  } catch (error) {
    throw toSyncError(error, name)
  }
}

interface Waiting {
  readonly what: string
  /** Called where it succeeds after nobody waits any more: such a request can't be taken back. */
  readonly tooLate: () => void
}

/** Opening and removing wait for other tabs, and may do so for ever; we don't. */
const waitFor = (
  { name, environment, busyTimeout }: Place,
  request: IDBOpenDBRequest,
  { what, tooLate }: Waiting,
): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    let isWaiting = true
    const cancel = environment.timers.after(busyTimeout, () => {
      isWaiting = false
      const sentence = `${name} could not be ${what} within ${busyTimeout} ms: another tab holds it. Close the others and try again.`
      reject(locked(name, sentence))
    })
    request.addEventListener('success', () => {
      cancel()
      if (isWaiting) resolve(request.result)
      else tooLate()
    })
    request.addEventListener('error', () => {
      cancel()
      reject(request.error ?? new Aborted('the browser ended the request'))
    })
  })
