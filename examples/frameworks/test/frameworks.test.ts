import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { frameworks } from '../src/bundle.ts'

const folder = resolve(import.meta.dirname, '..')
const root = resolve(folder, '../..')
const read = (file: string): string => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n')

const shown = [...read('README.md').matchAll(/^```\w+ part=(\S+)\n(.*?)^```$/gms)].map(
  ([, file = '', code = '']) => ({ file, code }),
)

test('[FR3] the README shows each framework', () => {
  expect(shown).toHaveLength(frameworks.length)
})

test.each(shown)('[FR3] the README shows a part of $file as it is', ({ file, code }) => {
  const whole = read(file)
  const found = [0, 2, 4].some((width) => whole.includes(code.replaceAll(/^(?=.)/gm, ' '.repeat(width))))
  expect({ code, found }).toEqual({ code, found: true })
})

test('[FR3] no package needs a framework', () => {
  const manifests = globSync('packages/*/package.json', { cwd: root })
  expect(manifests.length).toBeGreaterThan(3)
  for (const file of manifests)
    expect(readFileSync(join(root, file), 'utf8')).not.toMatch(/"(react|react-dom|vue|svelte|@angular\/\w+)"/)
})
