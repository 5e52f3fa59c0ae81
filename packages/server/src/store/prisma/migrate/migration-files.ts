import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Provider } from '../dialect/dialect.ts'

export interface Migration {
  /** The directory's name: `<time>_<words>`. */
  readonly name: string
  readonly sql: string
  /** As Prisma's own tools compute it. */
  readonly checksum: string
}

/** The migrations that come with this package. Their folder lies beside both `src` and `dist`. */
export const ownMigrations = (provider: Provider): string =>
  fileURLToPath(new URL(`../../../../prisma/${provider}/migrations`, import.meta.url))

/** All migrations of a folder in Prisma's layout, oldest first. */
export const readMigrations = async (directory: string): Promise<readonly Migration[]> => {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return await Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}
