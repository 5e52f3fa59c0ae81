import { expect, test } from 'vitest'
import type { Portable } from '../../src/base/portable.ts'
import { checkQuery } from '../../src/data/query/check.ts'
import { compileQuery } from '../../src/data/query/compile.ts'

const fields = { names: ['id', 'field'], has: (path: string) => path.split('.')[0] === 'field' }

const matches = (value: Portable | undefined, condition: unknown): boolean => {
  const query = checkQuery(fields, { where: { field: condition } })
  return compileQuery(query).matches(value === undefined ? { id: 'r' } : { id: 'r', field: value })
}

const day = (text: string): Date => new Date(`${text}T00:00:00.000Z`)

test.each<[Portable | undefined, unknown]>([
  ['a', 'a'],
  [0, -0],
  [null, null],
  [undefined, null],
  [10n, 10n],
  [day('2024-01-02'), day('2024-01-02')],
  [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  [
    ['a', { b: 1 }],
    ['a', { b: 1 }],
  ],
  [{ a: 1, b: 2 }, { eq: { b: 2, a: 1 } }],
  [2, { in: [1, 2] }],
  [day('2024-01-02'), { in: [null, day('2024-01-02')] }],
  [undefined, { in: [null] }],
  [3, { gt: 2, lte: 3 }],
  ['b', { gt: 'a', lt: 'c' }],
  [day('2024-01-02'), { gte: day('2024-01-02') }],
  [2n ** 70n, { gt: 2n ** 69n }],
  ['', { gte: '' }],
  ['holdfast', { startsWith: 'hold' }],
  ['holdfast', { startsWith: '' }],
  [['a', { b: 1 }], { contains: { b: 1 } }],
  [[day('2024-01-02')], { contains: day('2024-01-02') }],
  [[null], { contains: null }],
])('[QU01] %o fits %o', (value, condition) => {
  expect(matches(value, condition)).toBe(true)
})

test.each<[Portable | undefined, unknown]>([
  ['a', 'b'],
  ['1', 1],
  [1, 1n],
  [true, 1],
  [0, null],
  [undefined, ''],
  [day('2024-01-02'), day('2024-01-03')],
  [new Uint8Array([1, 2]), new Uint8Array([1, 3])],
  [2, { in: [] }],
  [2, { gt: 2 }],
  [null, { lt: 5 }],
  [undefined, { gte: '' }],
  ['5', { lt: 10 }],
  [5n, { lt: 10 }],
  [5, { gt: 2, lt: 4 }],
  ['Holdfast', { startsWith: 'hold' }],
  [null, { startsWith: '' }],
  ['abc', { contains: 'a' }],
  [['abc'], { contains: 'a' }],
  [null, { contains: null }],
])('[QU01] %o does not fit %o', (value, condition) => {
  expect(matches(value, condition)).toBe(false)
})

test('several fields, `and` and `or` must all hold', () => {
  const { matches: fits } = compileQuery({
    where: { done: false, or: [{ votes: { gt: 3 } }, { title: 'a', and: [{ votes: 1 }] }] },
  })
  expect(fits({ id: 'r', done: false, votes: 4 })).toBe(true)
  expect(fits({ id: 'r', done: false, votes: 1, title: 'a' })).toBe(true)
  expect(fits({ id: 'r', done: false, votes: 2, title: 'a' })).toBe(false)
  expect(fits({ id: 'r', done: true, votes: 4 })).toBe(false)
})

test('no condition fits all, no alternative fits none', () => {
  const record = { id: 'r' }
  expect(compileQuery({}).matches(record)).toBe(true)
  expect(compileQuery({ where: { and: [] } }).matches(record)).toBe(true)
  expect(compileQuery({ where: { or: [] } }).matches(record)).toBe(false)
})

test('a field is never read from the prototype of the record', () => {
  expect(compileQuery({ where: { toString: null } }).matches({ id: 'r' })).toBe(true)
})

test.each<[Portable | undefined, string, unknown, boolean]>([
  [{ city: 'Ada' }, 'field.city', 'Ada', true],
  [{ city: { name: 'Ada' } }, 'field.city.name', { startsWith: 'A' }, true],
  [{}, 'field.city', null, true],
  [undefined, 'field.city', null, true],
  ['city', 'field.city', null, true],
  [['a'], 'field.0', null, true],
  [['a'], 'field.length', 1, false],
  [{ city: 'Ada' }, 'field.city.length', 3, false],
  [{ city: 'Ada' }, 'field.toString', null, true],
  [day('2024-01-02'), 'field.getTime', null, true],
])('[QU01] of %o, %s against %o: %s', (value, path, condition, fits) => {
  const { matches: test } = compileQuery(checkQuery(fields, { where: { [path]: condition } }))
  expect(test(value === undefined ? { id: 'r' } : { id: 'r', field: value })).toBe(fits)
})
