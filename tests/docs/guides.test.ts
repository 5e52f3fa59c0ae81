import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8').replaceAll('\r\n', '\n')

interface Shown {
  readonly page: string
  readonly file: string
  readonly code: string
}

/** Blocks that open with ```ts file=path (the whole file) or ```ts part=path (lines of it that follow each other). */
const shownAs = (kind: 'file' | 'part'): readonly Shown[] => {
  const block = new RegExp(`^\`\`\`\\w+ ${kind}=(\\S+)\\n(.*?)^\`\`\`$`, 'gms')
  return globSync('docs/{,guides/}*.md', { cwd: root }).flatMap((page) =>
    [...read(page).matchAll(block)].map(([, file = '', code = '']) => ({ page, file, code })),
  )
}

/** A part may stand further left on the page than in its file. */
const isPartOf = (code: string, whole: string): boolean =>
  [0, 2, 4, 6, 8].some((width) => whole.includes(code.replaceAll(/^(?=.)/gm, ' '.repeat(width))))

test('the pages show code', () => {
  expect(shownAs('file').length).toBeGreaterThan(0)
  expect(shownAs('part').length).toBeGreaterThan(0)
})

test.each(shownAs('file'))('$page shows $file as it is', ({ file, code }) => {
  expect(code).toBe(read(file))
})

test.each(shownAs('part'))('$page shows a part of $file as it is', ({ file, code }) => {
  expect({ code, found: isPartOf(code, read(file)) }).toEqual({ code, found: true })
})

test('a part that differs is found', () => {
  const whole = '  one: {\n    two,\n\n    three,\n  },\n'
  expect(isPartOf('one: {\n  two,\n\n  three,\n},\n', whole)).toBe(true)
  expect(isPartOf('one: {\n  two,\n  three,\n},\n', whole)).toBe(false)
  expect(isPartOf('one: {\n  two,\n\n  four,\n},\n', whole)).toBe(false)
})
