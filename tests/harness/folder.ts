import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Folder extends Disposable {
  readonly path: (name: string) => string
}

/** A folder of its own, gone at the end. */
export const temporaryFolder = (): Folder => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tests-'))
  return {
    path: (name) => join(folder, name),
    // What was killed may still be writing its last.
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }),
  }
}
