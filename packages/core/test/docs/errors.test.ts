import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { dispositions } from '@holdfast/core'
import { expect, test } from 'vitest'

const page = readFileSync(resolve(import.meta.dirname, '../../../../docs/errors.md'), 'utf8')

interface Row {
  readonly code: string
  readonly disposition: string
  readonly means: string
  readonly advice: string
}

const rowsOf = (text: string): readonly Row[] =>
  [...text.matchAll(/^\| `(\w+)` \| (\w*) \|(.*?)\|(.*?)\|$/gm)].map(
    ([, code = '', disposition = '', means = '', advice = '']) => ({ code, disposition, means, advice }),
  )

const listed = rowsOf(page)

test('docs/errors.md lists each error code once, and no other', () => {
  expect(listed.map(({ code }) => code).toSorted()).toEqual(Object.keys(dispositions).toSorted())
})

test('docs/errors.md tells each code as the engine treats it', () => {
  expect(Object.fromEntries(listed.map(({ code, disposition }) => [code, disposition]))).toEqual(dispositions)
})

test('docs/errors.md says of each code what it means and what to do', () => {
  expect(listed.filter(({ means, advice }) => means.trim() === '' || advice.trim() === '')).toEqual([])
})
