import { crc32 } from 'node:zlib'
import type { Entry } from '@holdfast/core/storage'
import { corrupt } from './failures.ts'

/** As both libraries give a row. */
export interface EntryRow {
  readonly key: string
  readonly value: string | Uint8Array
  readonly revision: number
  readonly checksum: number
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Text with NUL goes into a BLOB: node:sqlite of Node 22 reads TEXT only up to the first NUL. */
export const toColumn = (value: string): string | Uint8Array =>
  value.includes('\u0000') ? encoder.encode(value) : value

/** SQLite does not notice a changed byte within a value: its pages have no checksums. */
export const checksumOf = ({ key, value, revision }: Entry): number =>
  crc32(value, crc32(`${revision} ${key}`))

/** @throws SyncError STORAGE_CORRUPT where the row is not as it was written */
export const toEntry = ({ key, value, revision, checksum }: EntryRow, filename: string): Entry => {
  const entry = { key, value: toText(value, filename), revision }
  if (checksumOf(entry) !== checksum) throw corrupt(filename, `the entry "${key}" has changed by itself`)
  return entry
}

const toText = (value: string | Uint8Array, filename: string): string => {
  if (typeof value === 'string') return value
  try {
    return decoder.decode(value)
  } catch (error) {
    throw corrupt(filename, 'a value is no text any more', error)
  }
}
