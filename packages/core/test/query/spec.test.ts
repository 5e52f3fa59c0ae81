import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../../../', import.meta.url).pathname
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8')
const idsIn = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, id = '']) => id)

const listed = idsIn(read('docs/spec/client.md'), /^\* \*\*(QU\d+)\*\* /gm)

test('the rules of queries are numbered without gaps, and each is quoted by a test', () => {
  expect(listed).toEqual(listed.map((_, index) => `QU${String(index + 1).padStart(2, '0')}`))
  const files = globSync(['packages/core/test/**/*.test.ts', 'tests/**/*.test.ts'], { cwd: root })
  const quoted = new Set(files.flatMap((file) => idsIn(read(file), /\[(QU\d+)\]/g)))
  expect([...quoted].toSorted()).toEqual(listed)
})
