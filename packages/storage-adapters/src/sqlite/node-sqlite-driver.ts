import type { SqliteDriver } from './driver.ts'

/** `node:sqlite`, which is part of Node since 22.13. Older versions name it experimental in a warning. */
export const nodeSqliteDriver = (): SqliteDriver => ({
  name: 'node:sqlite',
  async load() {
    const { DatabaseSync } = await import('node:sqlite')
    return {
      open: (filename) => new DatabaseSync(filename),
      resultCodeOf: (error) =>
        error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
          ? primaryCodes[error.errcode & 0xff]
          : undefined,
    }
  },
})

/** https://sqlite.org/rescode.html, the codes that we treat apart. */
const primaryCodes: Readonly<Record<number, string>> = {
  5: 'BUSY',
  6: 'LOCKED',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  26: 'NOTADB',
}
