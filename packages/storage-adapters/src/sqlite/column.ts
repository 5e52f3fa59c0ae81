import type { Entry } from '@holdfast/core/storage'
import type { Crc32 } from './crc32.ts'
import { corrupt } from './failures.ts'

/** As the libraries give a row. */
export interface EntryRow {
  readonly key: string
  readonly value: string | Uint8Array
  readonly revision: number
  readonly checksum: number
}

/** How values go into the column and come out of it. */
export interface Column {
  toColumn(value: string): string | Uint8Array
  checksumOf(entry: Entry): number
  /** @throws SyncError STORAGE_CORRUPT where the row is not as it was written */
  toEntry(row: EntryRow): Entry
}

/** Text with NUL is cut off there by some libraries, and a byte order mark at its start is lost by others. */
const isPlain = (value: string): boolean => !value.includes('\u0000') && !value.startsWith('\uFEFF')

const escaped = '\u0001'
const toEscaped = (value: string): string =>
  escaped + value.replaceAll('\u0001', '\u0001a').replaceAll('\u0000', '\u0001b')
const fromEscaped = (text: string): string =>
  text.slice(1).replaceAll('\u0001b', '\u0000').replaceAll('\u0001a', '\u0001')

interface ColumnOptions {
  readonly filename: string
  readonly crc32: Crc32
  /** Whether text that is not plain goes into a BLOB; else it is escaped. */
  readonly takesBytes: boolean
}

export const createColumn = ({ filename, crc32, takesBytes }: ColumnOptions): Column => {
  /** SQLite does not notice a changed byte within a value: its pages have no checksums. */
  const checksumOf = ({ key, value, revision }: Entry): number => crc32(value, crc32(`${revision} ${key}`))

  const toText = (value: string | Uint8Array): string => {
    if (typeof value === 'string') return value
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
    } catch (error) {
      throw corrupt(filename, 'a value is no text any more', error)
    }
  }

  return {
    checksumOf,
    toColumn(value) {
      if (isPlain(value)) return value
      return takesBytes ? new TextEncoder().encode(value) : toEscaped(value)
    },
    toEntry({ key, value, revision, checksum }) {
      const entry = { key, value: toText(value), revision }
      if (checksumOf(entry) === checksum) return entry
      // Whether a text was escaped or begins so by itself, its checksum tells.
      const original = { ...entry, value: fromEscaped(entry.value) }
      if (entry.value.startsWith(escaped) && checksumOf(original) === checksum) return original
      throw corrupt(filename, `the entry "${key}" has changed by itself`)
    },
  }
}
