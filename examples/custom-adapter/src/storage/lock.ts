import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SyncError } from '@holdfast/core'

/** Names of the lock files that this process holds: their process id alone does not tell it from an earlier process. */
export type HeldLocks = Set<string>

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Makes this process the only writer of `path`, until what is returned is called. Everybody puts a file of their own
 * beside it first and looks around then: of two who come at once at least one sees the other and gives way. Files of
 * processes that ended are removed; no other process has the same file name, so nobody's lock is removed by mistake.
 * @throws SyncError STORAGE_LOCKED
 */
export const takeLock = (path: string, name: string, held: HeldLocks): (() => void) => {
  const prefix = `${basename(path)}.lock-`
  const own = `${prefix}${process.pid}-${randomUUID()}`
  const remove = (file: string): void => {
    fs.rmSync(join(dirname(path), file), { force: true })
    held.delete(file)
  }

  fs.writeFileSync(join(dirname(path), own), '', { flag: 'wx' })
  held.add(own)
  for (const file of fs.readdirSync(dirname(path))) {
    if (!file.startsWith(prefix) || file === own) continue
    const pid = Number.parseInt(file.slice(prefix.length), 10)
    const isHeld = pid === process.pid ? held.has(file) : isRunning(pid)
    if (!isHeld) {
      remove(file)
      continue
    }
    remove(own)
    const message = `Process ${pid} holds the database ${name}; close it there, then open it again.`
    throw new SyncError('STORAGE_LOCKED', message, { name })
  }
  return () => remove(own)
}
