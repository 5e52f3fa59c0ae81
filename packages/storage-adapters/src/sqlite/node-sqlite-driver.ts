import type { SqliteDriver } from './driver.ts'
import { codeOfNumber } from './result-codes.ts'

/** `node:sqlite`, which is part of Node since 22.13. Older versions name it experimental in a warning. */
export const nodeSqliteDriver = (): SqliteDriver => ({
  name: 'node:sqlite',
  async load() {
    const { DatabaseSync } = await import('node:sqlite')
    return {
      open: (filename) => new DatabaseSync(filename),
      resultCodeOf: (error) =>
        error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
          ? codeOfNumber(error.errcode)
          : undefined,
    }
  },
})
