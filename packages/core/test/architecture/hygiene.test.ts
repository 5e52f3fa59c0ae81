import { expect, test } from 'vitest'
import { scanSource } from './scan.ts'
import { readSources } from './workspace.ts'

const sources = readSources()
const nameOf = ({ pkg, file }: { pkg: string; file: string }): string => `${pkg}/src/${file}`

/** The only files that may touch the machine's clock, timers and randomness. */
const edges = new Set(['core/src/base/system-environment.ts'])

test('nothing is exported with a star', () => {
  expect(
    sources.flatMap((source) => source.scan.starExports.map((line) => `${nameOf(source)}:${line}`)),
  ).toEqual([])
})

test('no file is longer than 400 lines; one idea needs 50 to 250', () => {
  const longer = (limit: number): string[] =>
    sources.filter(({ scan }) => scan.lines > limit).map((source) => `${nameOf(source)} ${source.scan.lines}`)
  const long = longer(250)
  if (long.length > 0) console.warn(`Over 250 lines, think of splitting: ${long.join(', ')}`)
  expect(longer(400)).toEqual([])
})

test('time, timers, randomness and the network come from outside', () => {
  const found = sources
    .filter((source) => !edges.has(nameOf(source)))
    .flatMap((source) => source.scan.impurities.map(({ what, line }) => `${nameOf(source)}:${line} ${what}`))
  expect(found).toEqual([])
})

test.each([
  'Date.now()',
  'new Date()',
  'new Date',
  'new globalThis.Date()',
  'Date()',
  'const now = Date.now',
  `Date['now']()`,
  'globalThis.Date.now()',
  'Math.random()',
  'performance.now()',
  'crypto.randomUUID()',
  'globalThis.crypto.getRandomValues(x)',
  'setTimeout(() => {}, 1)',
  'setInterval(() => {}, 1)',
  'globalThis.setTimeout(() => {}, 1)',
  'const later = window.setTimeout',
  `fetch('/')`,
  `localStorage.getItem('a')`,
])('the scan sees %s', (code) => {
  expect(scanSource('a.ts', code).impurities).toHaveLength(1)
})

test.each([
  'new Date(0)',
  'Date.parse(x)',
  'clock.now()',
  'environment.timers.setTimeout(run, 1)',
  'queueMicrotask(run)',
  '// Date.now()',
  `'Date.now()'`,
  'const type: Date = new Date(ms)',
])('the scan lets %s pass', (code) => {
  expect(scanSource('a.ts', code).impurities).toEqual([])
})

test.each([`export * from './a.ts'`, `export * as a from './a.ts'`, `export type * from './a.ts'`])(
  'the scan sees %s',
  (code) => {
    expect(scanSource('b.ts', code).starExports).toEqual([1])
  },
)
