import { globSync, readFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { scanSource } from './scan.ts'
import { readPackages } from './workspace.ts'

const root = resolve(import.meta.dirname, '../../../..')
const entries = new Set([...readPackages().values()].flatMap((each) => [...each.entries]))
const manifest = z.object({ dependencies: z.record(z.string(), z.string()) })

/** The package of `@scope/name/entry` or `name/entry`. */
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** What a stranger could not write: a private path, a way out of the example, a dependency that nobody declared. */
const problemOf = (
  folder: string,
  file: string,
  specifier: string,
  declared: ReadonlySet<string>,
): string | undefined => {
  if (specifier.startsWith('node:')) return undefined
  if (specifier.startsWith('.')) {
    const target = posix.normalize(posix.join(posix.dirname(file), specifier))
    return target.startsWith(`${folder}/`) ? undefined : `${specifier} leaves the example`
  }
  if (specifier.startsWith('@holdfast/') && !entries.has(specifier)) return `${specifier} is no public entry`
  return declared.has(packageOf(specifier)) ? undefined : `${specifier} is not declared`
}

const problemsIn = (folder: string): readonly string[] => {
  const { dependencies } = manifest.parse(
    JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
  )
  const declared = new Set(Object.keys(dependencies))
  return globSync(`${folder}/src/**/*.ts`, { cwd: root }).flatMap((path) => {
    const file = path.replaceAll('\\', '/')
    return scanSource(file, readFileSync(join(root, file), 'utf8')).imports.flatMap(({ specifier, line }) => {
      const problem = problemOf(folder, file, specifier, declared)
      return problem === undefined ? [] : [`${file}:${line} ${problem}`]
    })
  })
}

const examples = globSync('examples/*/package.json', { cwd: root }).map((path) =>
  posix.dirname(path.replaceAll('\\', '/')),
)

test('the examples are found', () => {
  expect(examples).toContain('examples/quick-start')
})

test.each(examples)('%s uses only what a stranger can', (folder) => {
  expect(problemsIn(folder)).toEqual([])
})

test.each([
  ['a private path', '@holdfast/core/src/model/strategy.ts'],
  ['a way out', '../../../packages/core/src/index.ts'],
  ['an undeclared package', 'left-pad'],
])('the rule fires on %s', (_, specifier) => {
  const declared = new Set(['@holdfast/core'])
  expect(problemOf('examples/one', 'examples/one/src/a.ts', specifier, declared)).toBeDefined()
})
