import { statSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Platform } from './platform.ts'

export const nodePlatform: Platform = {
  crc32,
  sizeOf: (filename) => statSync(filename, { throwIfNoEntry: false })?.size,
}
