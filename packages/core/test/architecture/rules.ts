import { posix } from 'node:path'
import type { Import } from './scan.ts'
import type { Packages, Source } from './workspace.ts'

/** A folder of core imports only itself and what stands to its left. */
const order = [
  'base',
  'protocol',
  'model',
  'storage',
  'plugin',
  'oplog',
  'data',
  'transport',
  'engine',
  'client',
]

/** A package imports only these others, and only by their public entries. */
const reach: Readonly<Record<string, readonly string[]>> = {
  core: [],
  'storage-adapters': ['core'],
  server: ['core'],
  plugins: ['core', 'server'],
}

const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : '')
const isTesting = (file: string): boolean => file === 'testing.ts' || folderOf(file) === 'testing'

/** The file, relative to `src`, that a relative import names; it starts with `..` if it leaves `src`. */
export const targetOf = (file: string, specifier: string): string =>
  posix.normalize(posix.join(posix.dirname(file), specifier))

const coreFolderProblem = (file: string, target: string): string | undefined => {
  const from = folderOf(file)
  const to = folderOf(target)
  if (from === '' || from === 'testing') return undefined
  if (!order.includes(from)) return `the folder ${from} has no place in the order of layers`
  if (to === 'testing') return `${from} must not import testing`
  if (!order.includes(to)) return `${from} must not import ${target}`
  if (order.indexOf(to) > order.indexOf(from)) return `${from} must not import ${to}, which stands above it`
  if (from === 'protocol' && to !== 'protocol' && to !== 'base') return `protocol must not import ${to}`
  return undefined
}

const relativeProblem = (source: Source, specifier: string, packages: Packages): string | undefined => {
  const target = targetOf(source.file, specifier)
  if (target.startsWith('..')) return `${specifier} leaves src`
  if (!target.endsWith('.ts')) return `${specifier} lacks its .ts extension`
  if (packages.get(source.pkg)?.entryFiles.has(target) === true)
    return `nothing may import the entry ${target}`
  return source.pkg === 'core' ? coreFolderProblem(source.file, target) : undefined
}

const siblingProblem = (source: Source, specifier: string, packages: Packages): string | undefined => {
  const sibling = specifier.split('/')[1] ?? ''
  if (reach[source.pkg]?.includes(sibling) !== true) return `${source.pkg} must not import ${specifier}`
  if (packages.get(sibling)?.entries.has(specifier) !== true) return `${specifier} is not a public entry`
  if (specifier.endsWith('/testing') && !isTesting(source.file)) return `only testing may import ${specifier}`
  return undefined
}

const externalProblem = (source: Source, specifier: string): string | undefined => {
  if (specifier === '(computed)') return 'a dynamic import must name its module'
  if (source.pkg !== 'core') return undefined
  const folder = folderOf(source.file)
  if (specifier.startsWith('node:')) return `core runs everywhere and must not import ${specifier}`
  if (specifier === 'zod') return 'core must not import zod, a page loads it: use zod/mini or zod/v4/core'
  if (folder === 'protocol' && specifier !== 'zod/mini') return `protocol must not import ${specifier}`
  if (specifier.startsWith('@trpc/') && !['transport', 'testing', ''].includes(folder)) {
    return `${folder} must not import ${specifier}: only transport knows tRPC`
  }
  return undefined
}

const problemOf = (source: Source, { specifier }: Import, packages: Packages): string | undefined => {
  if (specifier.startsWith('.')) return relativeProblem(source, specifier, packages)
  if (specifier.startsWith('@holdfast/')) return siblingProblem(source, specifier, packages)
  return externalProblem(source, specifier)
}

/** One line per import that breaks the order of layers or of packages. */
export const importProblems = (source: Source, packages: Packages): string[] =>
  source.scan.imports.flatMap((each) => {
    const problem = problemOf(source, each, packages)
    return problem === undefined ? [] : [`${source.pkg}/src/${source.file}:${each.line} ${problem}`]
  })
