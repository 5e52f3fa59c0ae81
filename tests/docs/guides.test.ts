import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8').replaceAll('\r\n', '\n')

/** Files that the guides show: a block that opens with ```ts file=path. */
const shown = globSync('docs/guides/*.md', { cwd: root }).flatMap((guide) =>
  [...read(guide).matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms)].map(([, file = '', code = '']) => ({
    guide,
    file,
    code,
  })),
)

test('the guides show code', () => {
  expect(shown.length).toBeGreaterThan(0)
})

test.each(shown)('$guide shows $file as it is', ({ file, code }) => {
  expect(code).toBe(read(file))
})
