import fs from 'node:fs'
import { dirname } from 'node:path'
import { SyncError } from '@holdfast/core'
import { readLines, toLine } from './lines.ts'

/** A file that only grows, line by line, until it is written anew. A line that was appended is on the disk. */
export interface LogFile {
  /** What the lines held when the file was opened, the header left out. */
  readonly contents: readonly unknown[]
  /** In bytes. */
  readonly size: () => number
  /** @throws SyncError STORAGE_FULL, STORAGE_FAILED; then the file is as it was */
  readonly append: (content: unknown) => void
  /** Puts a new file with these lines in the old one's place, in one step. @throws as `append` */
  readonly replace: (contents: readonly unknown[]) => void
  readonly close: () => void
}

/** So that a file's new name outlives a power failure. Windows has no such call. */
const syncFolder = (path: string): void => {
  if (process.platform === 'win32') return
  const folder = fs.openSync(dirname(path), 'r')
  try {
    fs.fsyncSync(folder)
  } finally {
    fs.closeSync(folder)
  }
}

const writeAt = (file: number, bytes: Buffer, position: number): void => {
  for (let done = 0; done < bytes.length;) {
    done += fs.writeSync(file, bytes, done, bytes.length - done, position + done)
  }
  fs.fsyncSync(file)
}

/** @throws SyncError STORAGE_CORRUPT, STORAGE_FULL, STORAGE_FAILED */
export const openLogFile = (path: string, name: string): LogFile => {
  const header = { format: 'example-log', version: 1, name }
  let isBroken = false

  const attempt = <TResult>(run: () => TResult): TResult => {
    if (isBroken) throw failed('an earlier write could not be undone; open the database again')
    try {
      return run()
    } catch (error) {
      if (error instanceof SyncError) throw error
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw failed(message, error)
      throw new SyncError(
        'STORAGE_FULL',
        'The disk is full; make room, then try again.',
        { name },
        { cause: error },
      )
    }
  }
  const failed = (reason: string, cause?: unknown): SyncError =>
    new SyncError(
      'STORAGE_FAILED',
      `The file of ${name} could not be used: ${reason}.`,
      { name, reason },
      { cause },
    )

  /** Written beside it, then renamed: whoever looks finds the old file or the new one. */
  const writeWhole = (contents: readonly unknown[]): { readonly file: number; readonly size: number } => {
    const bytes = Buffer.from([header, ...contents].map(toLine).join(''))
    const file = fs.openSync(`${path}.new`, 'w+')
    try {
      writeAt(file, bytes, 0)
      fs.renameSync(`${path}.new`, path)
    } catch (error) {
      fs.closeSync(file)
      throw error
    }
    return { file, size: bytes.length }
  }

  const openWhole = (): {
    readonly file: number
    readonly size: number
    readonly contents: readonly unknown[]
  } => {
    if (!fs.existsSync(path)) {
      const made = writeWhole([])
      syncFolder(path)
      return { ...made, contents: [] }
    }
    const { contents, length, rest } = readLines(fs.readFileSync(path))
    const [first, ...others] = contents
    if (rest === 'damaged' || JSON.stringify(first) !== JSON.stringify(header)) {
      const reason = rest === 'damaged' ? 'a line in the middle was changed' : 'the header is another one'
      const message = `The file ${path} is damaged (${reason}); it was left as it is. Restore it from a copy.`
      throw new SyncError('STORAGE_CORRUPT', message, { name, reason })
    }
    const file = fs.openSync(path, 'r+')
    if (rest === 'torn') {
      fs.ftruncateSync(file, length)
      fs.fsyncSync(file)
    }
    return { file, size: length, contents: others }
  }

  const opened = attempt(openWhole)
  let { file, size } = opened

  return {
    contents: opened.contents,
    size: () => size,
    append: (content) =>
      attempt(() => {
        const bytes = Buffer.from(toLine(content))
        try {
          writeAt(file, bytes, size)
          size += bytes.length
        } catch (error) {
          isBroken = true
          fs.ftruncateSync(file, size)
          fs.fsyncSync(file)
          isBroken = false
          throw error
        }
      }),
    replace: (contents) =>
      attempt(() => {
        const made = writeWhole(contents)
        fs.closeSync(file)
        ;({ file, size } = made)
        // Until the folder is on the disk, a power failure may bring the old file back, without what follows.
        isBroken = true
        syncFolder(path)
        isBroken = false
      }),
    close: () => fs.closeSync(file),
  }
}
