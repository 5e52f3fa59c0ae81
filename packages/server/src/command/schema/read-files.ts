import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { SchemaPlace } from '../init/find-schema.ts'
import type { SchemaFile } from '../init/merge-schema.ts'

/** As Prisma reads them: all in the folder and below. Paths begin at `cwd`. */
export const readFiles = async (
  cwd: string,
  { path, isFolder }: SchemaPlace,
): Promise<readonly SchemaFile[]> => {
  const names = isFolder ? await readdir(path, { recursive: true }) : ['']
  const files = names
    .filter((name) => !isFolder || (name.endsWith('.prisma') && !name.includes('node_modules')))
    .toSorted()
  return await Promise.all(
    files.map(async (name) => ({
      path: relative(cwd, join(path, name)),
      text: await readFile(join(path, name), 'utf8'),
    })),
  )
}
