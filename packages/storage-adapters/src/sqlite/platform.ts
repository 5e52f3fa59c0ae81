import { portableCrc32, type Crc32 } from './crc32.ts'

/** What the adapter takes from where it runs, besides SQLite. */
export interface Platform {
  readonly crc32: Crc32
  /** Bytes of a file, undefined where there is none. Missing where files can't be looked at. */
  readonly sizeOf?: (filename: string) => number | undefined
}

export const portablePlatform: Platform = { crc32: portableCrc32 }
