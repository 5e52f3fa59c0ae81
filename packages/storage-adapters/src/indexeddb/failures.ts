import { SyncError, isSyncError } from '@holdfast/core'

type Failed = SyncError<'STORAGE_FAILED'>

const failed = (name: string, sentence: string, reason: string, cause?: unknown): Failed =>
  new SyncError('STORAGE_FAILED', sentence, { name, reason }, { cause })

export const unavailable = (name: string, reason: string, cause?: unknown): Failed =>
  failed(
    name,
    `${name} can't be kept, since IndexedDB is not available: ${reason}. Private windows and blocked site data ` +
      'are common causes; memoryStorage() works without it and keeps nothing.',
    reason,
    cause,
  )

export const corrupt = (name: string, reason: string, cause?: unknown): SyncError<'STORAGE_CORRUPT'> =>
  new SyncError(
    'STORAGE_CORRUPT',
    `${name} is damaged (${reason}); it was left as it is, for what was not yet sent is in there.`,
    { name, reason },
    { cause },
  )

export const removed = (name: string): SyncError<'CLOSED'> =>
  new SyncError(
    'CLOSED',
    `${name} was removed, by another tab or with the data of this site; open the database again to begin anew.`,
    {},
  )

export const locked = (name: string, sentence: string): SyncError<'STORAGE_LOCKED'> =>
  new SyncError('STORAGE_LOCKED', sentence, { name })

/** What was thrown where the browser ended a transaction without a word. */
export class Aborted extends Error {
  override readonly name = 'AbortError'
}

/** What a DOMException says of itself. Those of frames and workers are no instances of this realm's classes. */
const told = (error: unknown, property: 'name' | 'message'): string =>
  typeof error === 'object' && error !== null && property in error
    ? String((error as Readonly<Record<string, unknown>>)[property])
    : String(error)

/**
 * The connection is of no use any more, which says nothing about the database: the browser closes connections when
 * it is short of memory, when a phone wakes up, or when its storage process ended.
 */
export const isConnectionLost = (error: unknown): boolean =>
  ['AbortError', 'InvalidStateError', 'UnknownError'].includes(told(error, 'name'))

/** Turns whatever the browser threw into our error; our own errors pass. */
export const toSyncError = (error: unknown, name: string): SyncError => {
  if (isSyncError(error)) return error
  const reason = told(error, 'message')
  switch (told(error, 'name')) {
    case 'QuotaExceededError':
      return new SyncError(
        'STORAGE_FULL',
        `There is no space left for ${name} in this browser; nothing was written. Free some space and try again.`,
        { name },
        { cause: error },
      )
    case 'NotReadableError':
    case 'DataError':
      return corrupt(name, reason, error)
    case 'VersionError':
      return new SyncError(
        'UPGRADE_REQUIRED',
        `${name} was written by a newer version of this app; it was left as it is. Reload the page.`,
        { side: 'client', supported: [] },
        { cause: error },
      )
    case 'SecurityError':
    case 'NotSupportedError':
      return unavailable(name, reason, error)
    default:
      return failed(
        name,
        `The browser could not read or write ${name} (${reason}). Try again, or reload the page.`,
        reason,
        error,
      )
  }
}
