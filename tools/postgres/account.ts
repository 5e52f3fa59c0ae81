import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { program, type Binaries } from './binaries.ts'

/** As whom PostgreSQL runs; undefined: as whoever runs this. */
export type Account = { readonly uid: number; readonly gid: number } | undefined

const idOf = (flag: '-u' | '-g', name: string): number =>
  Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))

const lookUp = (name: string): Account => {
  try {
    return { uid: idOf('-u', name), gid: idOf('-g', name) }
  } catch {
    return undefined
  }
}

/** PostgreSQL refuses to run as root, as CI containers do. */
export const chooseAccount = (): Account => {
  if (process.getuid?.() !== 0) return undefined
  const account = lookUp('postgres') ?? lookUp('nobody')
  if (account === undefined) throw new Error('PostgreSQL does not run as root, and there is no user nobody.')
  return account
}

/** The binaries, or a copy in `folder` where the account may not reach them (below root's home). */
export const reachable = (binaries: Binaries, account: Account, folder: string): Binaries => {
  const tried = spawnSync(program(binaries.folder, 'initdb'), ['--version'], { ...account })
  if (tried.status === 0) return binaries
  const copy = join(folder, 'postgresql')
  cpSync(dirname(binaries.folder), copy, { recursive: true, verbatimSymlinks: true })
  return { ...binaries, folder: join(copy, 'bin') }
}
