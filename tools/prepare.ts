import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * Runs the `generate` script of each package that has Prisma schemas, unless schemas, configuration and versions
 * are the ones of the last time.
 */
const root = resolve(import.meta.dirname, '..')
const files = (folder: string, glob: string): string[] =>
  globSync(glob, { cwd: folder })
    .toSorted()
    .map((file) => join(folder, file))

const outputs = (schemas: readonly string[]): string[] =>
  schemas.flatMap((schema) =>
    [...readFileSync(schema, 'utf8').matchAll(/^\s*output\s*=\s*"(.+)"/gm)].map(([, path = '']) =>
      resolve(dirname(schema), path),
    ),
  )

const hashOf = (inputs: readonly string[]): string => {
  const hash = createHash('sha256')
  for (const file of inputs) hash.update(file).update(readFileSync(file))
  return hash.digest('hex')
}

const generate = (folder: string): void => {
  const schemas = files(folder, '{prisma,test/*/prisma}/**/schema.prisma')
  if (schemas.length === 0) return
  const settings = [
    join(root, 'prisma.config.ts'),
    join(folder, 'package.json'),
    join(root, 'pnpm-lock.yaml'),
  ]
  const wanted = hashOf([...schemas, ...settings])
  const stamp = join(folder, 'node_modules/.cache/holdfast/prisma-generate')
  const current = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
  if (current && outputs(schemas).every((output) => existsSync(output))) return
  execFileSync('pnpm', ['run', 'generate'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

for (const folder of globSync(['packages/*', 'examples/*'], { cwd: root })) generate(join(root, folder))
