import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installByApt } from '../install.ts'

/** The program on this machine, if there is one. */
export const findPgBouncer = (): string | undefined => {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...onPath, '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']
    .map((folder) => join(folder, 'pgbouncer'))
    .find((path) => existsSync(path))
}

/**
 * Sees to it that there is PgBouncer: from the distribution where there is none and this is root with apt.
 * @throws Error that says what to install
 */
export const ensurePgBouncer = async (): Promise<void> => {
  if (findPgBouncer() !== undefined) return
  await installByApt('pgbouncer', 'the proof behind a pooler')
  if (findPgBouncer() === undefined) throw new Error('There is no PgBouncer: install pgbouncer.')
}
