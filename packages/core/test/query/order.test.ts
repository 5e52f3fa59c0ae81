import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { portableEquals, type Portable } from '../../src/base/portable.ts'
import { compileQuery } from '../../src/data/query/compile.ts'
import { comparePortable } from '../../src/base/order.ts'
import { portable } from '../base/portable-arbitrary.ts'
import { idOf, query, record } from './todo.ts'

const ascending: readonly Portable[] = [
  null,
  false,
  true,
  -1.5,
  0,
  2,
  10,
  -3n,
  10n,
  '',
  'B',
  'a',
  'ab',
  'é',
  new Date(-1),
  new Date(0),
  new Uint8Array([]),
  new Uint8Array([1]),
  new Uint8Array([1, 0]),
  new Uint8Array([200]),
  [],
  [null],
  [1],
  [1, 'a'],
  [2],
  {},
  { a: 1 },
  { a: 2 },
  { a: 1, b: 1 },
  { b: 0 },
]

test('[QU02] values of all types have one declared order', () => {
  ascending.forEach((left, i) =>
    ascending.forEach((right, j) =>
      expect(Math.sign(comparePortable(left, right)), `${i} against ${j}`).toBe(Math.sign(i - j)),
    ),
  )
})

test('the order of values is total, and equal means portableEquals', () => {
  fc.assert(
    fc.property(portable, portable, portable, (a, b, c) => {
      expect(Math.sign(comparePortable(a, b)) + Math.sign(comparePortable(b, a))).toBe(0)
      expect(comparePortable(a, b) === 0).toBe(portableEquals(a, b))
      const [x = null, , z = null] = [a, b, c].toSorted(comparePortable)
      expect(comparePortable(x, z)).toBeLessThanOrEqual(0)
    }),
  )
})

const sorted = (
  orderBy: Readonly<Record<string, 'asc' | 'desc'>>,
  records: readonly Record<string, Portable>[],
) => records.toSorted(compileQuery({ orderBy }).compare).map((one) => one['id'])

test('[QU02] earlier keys weigh more, ties go by id', () => {
  const records = [
    { id: 'd', done: true, votes: 1 },
    { id: 'c', done: false, votes: 1 },
    { id: 'b', done: true, votes: 2 },
    { id: 'a', done: true, votes: 1 },
  ]
  expect(sorted({ done: 'asc', votes: 'desc' }, records)).toEqual(['c', 'b', 'a', 'd'])
  expect(sorted({ votes: 'desc' }, records)).toEqual(['b', 'a', 'c', 'd'])
  expect(sorted({ id: 'desc' }, records)).toEqual(['d', 'c', 'b', 'a'])
  expect(sorted({}, records)).toEqual(['a', 'b', 'c', 'd'])
})

test('[QU02] null and absent stand together: first ascending, last descending', () => {
  const records = [{ id: 'c', note: 'x' }, { id: 'b' }, { id: 'a', note: null }]
  expect(sorted({ note: 'asc' }, records)).toEqual(['a', 'b', 'c'])
  expect(sorted({ note: 'desc' }, records)).toEqual(['c', 'a', 'b'])
})

test('records compare equal only where they have the same id', () => {
  fc.assert(
    fc.property(query, record, record, (one, left, right) => {
      const { compare } = compileQuery(one)
      expect(compare(left, { ...right, id: `${idOf(left)}x` })).not.toBe(0)
      expect(Math.sign(compare(left, right)) + Math.sign(compare(right, left))).toBe(0)
      expect(compare(left, left)).toBe(0)
    }),
  )
})
