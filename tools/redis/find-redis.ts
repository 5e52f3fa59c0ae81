import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Valkey is what some distributions have in its place; it speaks the same. */
const commands = ['redis-server', 'valkey-server']

const extension = process.platform === 'win32' ? '.exe' : ''

/** The program of a Redis server on this machine, if there is one. */
export const findRedis = (): string | undefined => {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...onPath, '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']
    .flatMap((folder) => commands.map((command) => join(folder, command + extension)))
    .find((path) => existsSync(path))
}

/** The server that `REDIS_URL` names, if it does. */
export const givenRedis = (): string | undefined => {
  const given = process.env['REDIS_URL'] ?? ''
  return /^rediss?:/.test(given) ? given : undefined
}

export const missingRedis: string =
  'The tests of the Redis broadcaster need a Redis server, and none was found: install redis-server (or valkey-server), ' +
  'or let REDIS_URL name a running one. (pnpm test installs it by itself on Linux as root with apt.)'
