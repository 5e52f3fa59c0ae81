import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const folder = resolve(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n')

/** What a diff of the whole file makes of it: the lines that begin with a space or the sign. */
const sideOf = (diff: string, sign: '-' | '+'): string =>
  diff
    .split('\n')
    .filter((line) => line.startsWith(' ') || line.startsWith(sign) || line === '')
    .map((line) => line.slice(1))
    .join('\n')

const [, diff = ''] = /```diff\n(.*?)```/s.exec(read('README.md')) ?? []

test('the README’s diff leads from the app as it was to the app with sync', () => {
  expect(sideOf(diff, '-')).toBe(read('src/app.ts'))
  expect(sideOf(diff, '+')).toBe(read('src/with-sync.ts'))
})

test('it adds two lines and takes none away', () => {
  const signs = diff.split('\n').map((line) => line.slice(0, 1))
  expect(signs.filter((sign) => sign === '+')).toHaveLength(2)
  expect(signs.filter((sign) => sign === '-')).toHaveLength(0)
})

test.each(['src/sync/schema.ts', 'src/sync/sync.ts'])('the README shows %s as it is', (file) => {
  const [, shown] = new RegExp(`\`\`\`ts file=${file}\\n(.*?)\`\`\``, 's').exec(read('README.md')) ?? []
  expect(shown).toBe(read(file))
})

test('nothing of the app but with-sync.ts knows of sync', () => {
  for (const file of [
    'app',
    'auth',
    'database',
    'permissions',
    'serve',
    'routes/customers',
    'routes/invoices',
  ])
    expect(read(`src/${file}.ts`)).not.toMatch(/holdfast|sync\//)
})
