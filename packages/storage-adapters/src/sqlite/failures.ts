import { SyncError, isSyncError } from '@holdfast/core'
import { whenDone, type Later } from './runner.ts'

/** Which file and which call failed, for the sentences. */
export interface FailurePlace {
  readonly filename: string
  readonly resultCodeOf: (error: unknown) => Later<string | undefined>
}

export const corrupt = (filename: string, reason: string, cause?: unknown): SyncError<'STORAGE_CORRUPT'> =>
  new SyncError(
    'STORAGE_CORRUPT',
    `${filename} is damaged (${reason}): move it away together with its -wal and -shm files, and keep them, ` +
      'for what was not yet sent is in there.',
    { name: filename, reason },
    { cause },
  )

export const failed = (
  filename: string,
  advice: string,
  reason: string,
  cause?: unknown,
): SyncError<'STORAGE_FAILED'> =>
  new SyncError('STORAGE_FAILED', `${filename}: ${reason}. ${advice}`, { name: filename, reason }, { cause })

/** Turns whatever the library threw into our error; our own errors pass. */
export const toSyncError = (error: unknown, { filename, resultCodeOf }: FailurePlace): Later<SyncError> =>
  isSyncError(error) ? error : whenDone(resultCodeOf(error), (code) => errorOfCode(code, error, filename))

const errorOfCode = (code: string | undefined, error: unknown, filename: string): SyncError => {
  const reason = error instanceof Error ? error.message : String(error)
  switch (code) {
    case 'BUSY':
    case 'LOCKED':
      return new SyncError(
        'STORAGE_LOCKED',
        `Another connection holds ${filename}; nothing was written. Try again, or close what holds it.`,
        { name: filename },
        { cause: error },
      )
    case 'FULL':
      return new SyncError(
        'STORAGE_FULL',
        `There is no space left for ${filename}; nothing was written. Free some space and try again.`,
        { name: filename },
        { cause: error },
      )
    case 'CORRUPT':
    case 'NOTADB':
      return corrupt(filename, reason, error)
    case 'READONLY':
      return failed(filename, 'Let this process write the file and its folder.', reason, error)
    case 'CANTOPEN':
      return failed(
        filename,
        'Check that the folder exists and that this process may write there.',
        reason,
        error,
      )
    case 'IOERR':
      return failed(
        filename,
        'The disk answered with an error; check it, then open the database again.',
        reason,
        error,
      )
    default:
      return failed(
        filename,
        'Check the filename and that its folder exists and can be written.',
        reason,
        error,
      )
  }
}
