import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../../../', import.meta.url).pathname
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8')
const idsIn = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, id = '']) => id)

const page = read('docs/spec/client.md')
const tests = globSync(['packages/*/test/**/*.test.ts', 'tests/**/*.test.ts'], { cwd: root }).map(read)

test.each(['SC', 'OB', 'OP', 'RC'])(
  'the rules %s are numbered without gaps, and each is quoted by a test',
  (family) => {
    const listed = idsIn(page, new RegExp(`^\\* \\*\\*(${family}\\d\\d)\\*\\* `, 'gm'))
    expect(listed.length).toBeGreaterThan(0)
    expect(listed).toEqual(listed.map((_, index) => `${family}${String(index + 1).padStart(2, '0')}`))
    const quoted = new Set(tests.flatMap((text) => idsIn(text, new RegExp(`\\[(${family}\\d\\d)\\]`, 'g'))))
    expect([...quoted].toSorted((left, right) => left.localeCompare(right))).toEqual(listed)
  },
)
