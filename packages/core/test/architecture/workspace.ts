import { globSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { scanSource, type Scan } from './scan.ts'

const root = resolve(import.meta.dirname, '../../../..')
const slashes = (path: string): string => path.replaceAll('\\', '/')

/** `file` is relative to the package's `src`: `base/codec.ts`. */
export interface Source {
  readonly pkg: string
  readonly file: string
  readonly scan: Scan
}

/** The public names of a package and the source files that stand behind them. */
export interface Package {
  readonly entries: ReadonlySet<string>
  readonly entryFiles: ReadonlySet<string>
}

export type Packages = ReadonlyMap<string, Package>

const manifestSchema = z.object({
  name: z.string(),
  exports: z.record(z.string(), z.object({ 'holdfast-source': z.string() })),
})

export const readPackages = (): Packages => {
  const packages = new Map<string, Package>()
  for (const file of globSync('packages/*/package.json', { cwd: root })) {
    const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(root, file), 'utf8')))
    const exported = Object.entries(manifest.exports)
    packages.set(slashes(file).split('/')[1] ?? '', {
      entries: new Set(exported.map(([entry]) => manifest.name + entry.slice(1))),
      entryFiles: new Set(exported.map(([, target]) => target['holdfast-source'].replace('./src/', ''))),
    })
  }
  return packages
}

export const readSources = (): Source[] =>
  globSync('packages/*/src/**/*.ts', { cwd: root })
    .map(slashes)
    .filter((path) => !path.includes('/generated/'))
    .toSorted()
    .map((path) => {
      const [, pkg = ''] = path.split('/')
      return {
        pkg,
        file: slashes(relative(join('packages', pkg, 'src'), path)),
        scan: scanSource(path, readFileSync(join(root, path), 'utf8')),
      }
    })
