import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../../../', import.meta.url).pathname
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8')
const idsIn = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, id = '']) => id)
const byNumber = (left: string, right: string): number => Number(left.slice(2)) - Number(right.slice(2))

const listed = idsIn(read('docs/spec/engine.md'), /^\* \*\*(EN\d+)\*\* /gm)

test('the rules of the engine are numbered without gaps', () => {
  expect(listed).toEqual(listed.map((_, index) => `EN${index + 1}`))
})

test('every rule of the engine is quoted by a test, and every quoted rule exists', () => {
  const files = globSync(['packages/core/test/**/*.test.ts', 'tests/**/*.test.ts'], { cwd: root })
  const quoted = new Set(files.flatMap((file) => idsIn(read(file), /\[(EN\d+)\]/g)))
  expect([...quoted].toSorted(byNumber)).toEqual(listed)
})
