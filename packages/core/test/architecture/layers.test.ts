import { describe, expect, test } from 'vitest'
import { findCycles } from './cycles.ts'
import { importProblems } from './rules.ts'
import { scanSource } from './scan.ts'
import { readPackages, readSources, type Source } from './workspace.ts'

const packages = readPackages()
const sources = readSources()
const planted = (pkg: string, file: string, code: string): Source => ({
  pkg,
  file,
  scan: scanSource(file, code),
})
const problems = (pkg: string, file: string, code: string): string[] =>
  importProblems(planted(pkg, file, code), packages)

test('the sources are found', () => {
  expect(sources.map(({ pkg, file }) => `${pkg}/${file}`)).toContain('core/index.ts')
  expect(packages.get('core')?.entries).toContain('@holdfast/core/protocol')
})

test('every import goes from a layer to itself or to a lower one', () => {
  expect(sources.flatMap((source) => importProblems(source, packages))).toEqual([])
})

test('no files need each other', () => {
  expect(findCycles(sources)).toEqual([])
})

describe('the import rule fires on', () => {
  test.each([
    ['a higher layer', 'core', 'model/a.ts', `import { b } from '../engine/b.ts'`],
    ['a type of a higher layer', 'core', 'base/a.ts', `import type { B } from '../model/b.ts'`],
    ['a re-export of a higher layer', 'core', 'data/a.ts', `export { b } from '../client/b.ts'`],
    ['a re-exported type', 'core', 'data/a.ts', `export type { B } from '../client/b.ts'`],
    ['a dynamic import', 'core', 'oplog/a.ts', `await import('../engine/b.ts')`],
    ['a computed dynamic import', 'core', 'oplog/a.ts', `await import(name)`],
    ['an import inside a type', 'core', 'oplog/a.ts', `type B = import('../engine/b.ts').B`],
    ['a bare import', 'core', 'oplog/a.ts', `import '../engine/b.ts'`],
    ['testing', 'core', 'client/a.ts', `import { b } from '../testing/b.ts'`],
    ['an entry', 'core', 'client/a.ts', `import { b } from '../index.ts'`],
    ['an unknown folder', 'core', 'misc/a.ts', `import { b } from '../base/b.ts'`],
    ['a protocol that needs rxjs', 'core', 'protocol/a.ts', `import { b } from 'rxjs'`],
    ['core that needs the whole of zod', 'core', 'protocol/a.ts', `import { z } from 'zod'`],
    ['tRPC outside transport', 'core', 'engine/a.ts', `import type { B } from '@trpc/client'`],
    ['Node inside core', 'core', 'client/a.ts', `import { b } from 'node:fs'`],
    ['a missing extension', 'core', 'base/a.ts', `import { b } from './b'`],
    ['core that imports itself by name', 'core', 'client/a.ts', `import { b } from '@holdfast/core/storage'`],
    ['core that imports the server', 'core', 'client/a.ts', `import { b } from '@holdfast/server'`],
    ['a private path', 'server', 'a.ts', `import { b } from '@holdfast/core/src/base/codec.ts'`],
    ['a path across packages', 'server', 'a.ts', `import { b } from '../../core/src/index.ts'`],
    ['adapters that need the server', 'storage-adapters', 'a.ts', `import { b } from '@holdfast/server'`],
    ['a test kit in production code', 'server', 'store/a.ts', `import { b } from '@holdfast/core/testing'`],
  ])('%s', (_, pkg, file, code) => {
    expect(problems(pkg, file, code)).toHaveLength(1)
  })

  test.each([
    ['a lower layer', 'core', 'engine/a.ts', `import { b } from '../base/b.ts'`],
    ['the same layer', 'core', 'engine/a.ts', `import { b } from './b.ts'`],
    ['an entry that imports all', 'core', 'index.ts', `export { b } from './client/b.ts'`],
    ['testing that imports all', 'core', 'testing/a.ts', `import { b } from '../client/b.ts'`],
    [
      'words in a comment or a string',
      'core',
      'base/a.ts',
      `// import '../client/b.ts'\nexport const a = "import '../x'"`,
    ],
    ['a protocol of zod/mini', 'core', 'protocol/a.ts', `import * as z from 'zod/mini'`],
    ['a public entry', 'plugins', 'a.ts', `import { b } from '@holdfast/server'`],
    ['a test kit in a test kit', 'server', 'testing.ts', `import { b } from '@holdfast/core/testing'`],
  ])('not on %s', (_, pkg, file, code) => {
    expect(problems(pkg, file, code)).toEqual([])
  })
})

describe('the cycle rule', () => {
  const file = (name: string, code: string): Source => planted('core', `base/${name}.ts`, code)

  test('sees a knot, types counted', () => {
    const knot = [
      file('a', `import type { B } from './b.ts'`),
      file('b', `import { c } from './c.ts'\nimport { d } from './d.ts'`),
      file('c', `export type { A } from './a.ts'`),
      file('d', ``),
    ]
    expect(findCycles(knot)).toEqual([['core/base/a.ts', 'core/base/b.ts', 'core/base/c.ts']])
  })

  test('lets a diamond pass', () => {
    const diamond = [
      file('a', `import './b.ts'\nimport './c.ts'`),
      file('b', `import './d.ts'`),
      file('c', `import './d.ts'`),
      file('d', ``),
    ]
    expect(findCycles(diamond)).toEqual([])
  })
})
