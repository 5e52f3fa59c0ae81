import { SyncError } from '@holdfast/core'
import { isNewerMajor, type ServerRow } from '@holdfast/core/protocol'
import type { Visible } from './visible.ts'

/** Whoever gets rows: which schema they have, and which the server has. */
export interface Reader {
  /** Undefined: the device does not say. */
  readonly schemaVersion: string | undefined
  readonly serverVersion: string
  readonly visible: Visible
}

/** A device can't read what a newer major version wrote. @throws SyncError UPGRADE_REQUIRED */
export const assertReads = ({ schemaVersion }: Pick<Reader, 'schemaVersion'>, written: string): void => {
  if (schemaVersion === undefined || !isNewerMajor(written, schemaVersion)) return
  const message = `This app has schema ${schemaVersion}, and the server ${written}; update the app, its operations are kept.`
  throw new SyncError('UPGRADE_REQUIRED', message, { side: 'client', supported: [] })
}

/** How a row goes out to a reader. */
export interface Edition {
  /** The reader may have it in another shape: some fields of it would not fit what they have. */
  readonly isWhole: boolean
  /** The version of the data, where the reader has another one. */
  readonly schemaVersion?: string
}

/** @throws SyncError UPGRADE_REQUIRED */
export const editionFor = (
  { schemaVersion, serverVersion }: Pick<Reader, 'schemaVersion' | 'serverVersion'>,
  { isRaised, schemaVersion: written = serverVersion }: ServerRow,
): Edition => {
  if (schemaVersion === undefined) return { isWhole: false }
  assertReads({ schemaVersion }, written)
  return written === schemaVersion
    ? { isWhole: isRaised === true }
    : { isWhole: true, schemaVersion: written }
}
