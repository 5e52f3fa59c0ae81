import type { Entry } from '@holdfast/core/storage'

/** As both libraries give a row. */
export interface EntryRow {
  readonly key: string
  readonly value: string | Uint8Array
  readonly revision: number
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Text with NUL goes into a BLOB: node:sqlite of Node 22 reads TEXT only up to the first NUL. */
export const toColumn = (value: string): string | Uint8Array =>
  value.includes('\u0000') ? encoder.encode(value) : value

export const toEntry = ({ key, value, revision }: EntryRow): Entry => ({
  key,
  value: typeof value === 'string' ? value : decoder.decode(value),
  revision,
})
