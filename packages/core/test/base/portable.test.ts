import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasCode } from '../../src/base/errors.ts'
import { assertPortable, portableEquals, type Portable } from '../../src/base/portable.ts'
import { portable } from './portable-arbitrary.ts'

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])

const withOwnKey = (key: string): unknown => JSON.parse(`{"${key}": 1}`)

const refusalOf = (value: unknown): { readonly path: string | undefined; readonly message: string } => {
  try {
    assertPortable(value)
  } catch (error) {
    if (hasCode(error, 'INVALID')) return { path: error.details.path, message: error.message }
    throw error
  }
  throw new Error('The value was accepted.')
}

class Custom {
  readonly field = 1
}

const cycle: { self?: unknown } = {}
cycle.self = cycle

test.each<[string, unknown, string, RegExp]>([
  ['an undefined field', { a: undefined }, 'a', /undefined/],
  ['undefined', undefined, '', /The value is undefined/],
  ['a hole in a list', Array.from({ length: 2 }), '[0]', /undefined/],
  ['NaN', { a: [Number.NaN] }, 'a[0]', /NaN/],
  ['Infinity', Number.POSITIVE_INFINITY, '', /infinite/],
  ['-Infinity', Number.NEGATIVE_INFINITY, '', /infinite/],
  ['an integer beyond 2^53', 2 ** 53, '', /2\^53/],
  ['a negative one', -(2 ** 53), '', /2\^53/],
  ['a bigint of 1001 digits', 10n ** 1000n, '', /1000 digits/],
  ['an invalid date', new Date(Number.NaN), '', /date/],
  ['a date after the year 9999', new Date(253_402_300_800_000), '', /years 1 to 9999/],
  ['a date before the year 1', new Date(-62_135_596_800_001), '', /years 1 to 9999/],
  ['a lone surrogate', 'a\uD83D', '', /lone surrogate in its text/],
  ['a lone surrogate in a key', { '\uDE00': 1 }, '\uDE00', /lone surrogate in its key/],
  ['NUL', { a: { b: 'x\u0000' } }, 'a.b', /NUL character in its text/],
  ['NUL in a key', { '\u0000': 1 }, '\u0000', /NUL character in its key/],
  ['the key __proto__', withOwnKey('__proto__'), '__proto__', /reserved key/],
  ['the key constructor', withOwnKey('constructor'), 'constructor', /reserved key/],
  ['the key prototype', { a: [withOwnKey('prototype')] }, 'a[0].prototype', /reserved key/],
  ['a Map', new Map(), '', /instance of a class/],
  ['a Set', { a: new Set() }, 'a', /instance of a class/],
  ['a RegExp', /a/, '', /instance of a class/],
  ['an Error', new Error('a'), '', /instance of a class/],
  ['an instance of a class', new Custom(), '', /instance of a class/],
  ['a boxed text', Object('a'), '', /instance of a class/],
  ['other bytes than Uint8Array', new Float64Array(1), '', /instance of a class/],
  ['a function', { toJSON: () => 1 }, 'toJSON', /function/],
  ['a symbol', Symbol('a'), '', /symbol/],
  ['33 levels', nested(33), '[0]'.repeat(33), /deeper than 32/],
  ['5000 levels', nested(5000), '[0]'.repeat(33), /deeper than 32/],
  ['a cycle', cycle, Array.from({ length: 33 }, () => 'self').join('.'), /deeper than 32/],
])('%s is refused, with its place', (_, value, path, sentence) => {
  const refusal = refusalOf(value)
  expect(refusal.path).toBe(path)
  expect(refusal.message).toMatch(sentence)
})

test.each<[string, unknown]>([
  ['null', null],
  ['-0', -0],
  ['the largest number that is exact', Number.MAX_SAFE_INTEGER],
  ['a fraction', 0.1],
  ['a tiny number', Number.MIN_VALUE],
  ['a bigint of 1000 digits', -(10n ** 1000n - 1n)],
  ['the first date', new Date('0001-01-01T00:00:00.000Z')],
  ['the last date', new Date('9999-12-31T23:59:59.999Z')],
  ['a pair of surrogates', '😀'],
  ['bytes', new Uint8Array([0, 255])],
  ['an object without prototype', Object.assign(Object.create(null), { a: 1 })],
  ['names of inherited members as keys', { toString: 1, hasOwnProperty: 2 }],
  ['32 levels', nested(32)],
])('%s is accepted', (_, value) => {
  expect(() => assertPortable(value)).not.toThrow()
})

test('every generated portable value is accepted', () => {
  fc.assert(fc.property(portable, (value) => assertPortable(value)))
})

test.each<[Portable | undefined, Portable | undefined, boolean]>([
  [-0, 0, true],
  [undefined, undefined, true],
  [undefined, null, false],
  [1, 1n, false],
  [1, '1', false],
  [new Date(1), new Date(1), true],
  [new Date(1), new Date(2), false],
  [new Date(1), 1, false],
  [new Uint8Array([1]), new Uint8Array([1]), true],
  [new Uint8Array([1]), new Uint8Array([1, 0]), false],
  [new Uint8Array([1]), [1], false],
  [[1, [2]], [1, [2]], true],
  [[1, 2], [2, 1], false],
  [[], {}, false],
  [{ a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 1 }, false],
  [{ a: null }, { b: null }, false],
  [{ toString: 1 }, { a: 1 }, false],
])('portableEquals(%o, %o) is %s', (left, right, equal) => {
  expect(portableEquals(left, right)).toBe(equal)
  expect(portableEquals(right, left)).toBe(equal)
})
