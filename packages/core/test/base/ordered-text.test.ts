import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { comparePortable, typeRank } from '../../src/base/order.ts'
import {
  firstTexts,
  isExact,
  orderedText,
  textBefore,
  textBehind,
  textsStartingWith,
  typeText,
} from '../../src/base/ordered-text.ts'
import type { Portable } from '../../src/base/portable.ts'
import { portable, portableScalar } from './portable-arbitrary.ts'

/** Values that are close to each other: common beginnings, neighbours, both signs. */
const close = fc.oneof<fc.Arbitrary<Portable>[]>(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(-1e-300, 1e-300, 0.1, -0.1, 5e-324, 1e300, -1e300, 2 ** 53 - 1),
  fc.bigInt({ min: -1200n, max: 1200n }),
  fc.constantFrom(10n ** 80n, 10n ** 80n + 1n, -(10n ** 80n), -(10n ** 80n) - 1n),
  fc.string({
    unit: fc.constantFrom('a', 'b', '/', ' ', '!', '"', '|', '}', '~', '\u0001', 'é', '漢', '😀'),
  }),
  fc
    .tuple(fc.integer({ min: 68, max: 75 }), fc.constantFrom('', '!', 'a', 'b', 'é', '\uffff'))
    .map(([length, more]) => `${'a'.repeat(length)}${more}`),
  fc.integer({ min: -5, max: 5 }).map((time) => new Date(time)),
  fc.boolean(),
  fc.constant(null),
)
const value = fc.oneof(close, close, portableScalar, portable)

const compareTexts = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

test('texts are printable ASCII without a slash, short, and in the order of the values', () => {
  fc.assert(
    fc.property(value, value, (left, right) => {
      const [a, b] = [orderedText(left), orderedText(right)]
      expect(a).toMatch(/^[0-8][\x21\x30-\x7e]{0,72}[ "]$/)
      const order = Math.sign(comparePortable(left, right))
      const allowed = isExact(a) && isExact(b) ? [order] : [0, order]
      expect(allowed).toContain(compareTexts(a, b))
    }),
    { numRuns: 5_000 },
  )
})

test('texts one after the other are in the order of the lists, and come apart again', () => {
  fc.assert(
    fc.property(value, value, value, value, (a, b, c, d) => {
      const [left, right] = [orderedText(a) + orderedText(b), orderedText(c) + orderedText(d)]
      if (!isExact(left) || !isExact(right)) return
      expect(compareTexts(left, right)).toBe(Math.sign(comparePortable(a, c) || comparePortable(b, d)))
      expect(firstTexts(left, 1)).toBe(orderedText(a))
      expect(firstTexts(left, 2)).toBe(left)
    }),
    { numRuns: 2_000 },
  )
})

test('behind a text that was cut, others tell no order', () => {
  const long = orderedText('a'.repeat(80))
  expect(firstTexts(`${orderedText(1)}${long}${orderedText(2)}`, 3)).toBe(`${orderedText(1)}${long}`)
  expect(firstTexts(long + orderedText(2), 1)).toBe(long)
})

test('the texts before and behind a value part those below, equal and above', () => {
  fc.assert(
    fc.property(value, value, (bound, other) => {
      const text = orderedText(other)
      const order = comparePortable(other, bound)
      const isSame = text === orderedText(bound)
      expect(text > textBefore(bound)).toBe(order >= 0 || isSame)
      expect(text > textBehind(bound)).toBe(order > 0 && !isSame)
      expect(text.startsWith(typeText(bound))).toBe(typeRank(other) === typeRank(bound))
    }),
    { numRuns: 5_000 },
  )
})

test('the texts of strings with one beginning have one beginning', () => {
  const strings = value.filter((one) => typeof one === 'string')
  fc.assert(
    fc.property(strings, fc.oneof(strings, fc.constantFrom('', 'a', 'é')), (text, beginning) => {
      const range = textsStartingWith(beginning)
      const isIn = orderedText(text).startsWith(range.text)
      const isSharp = range.isExact && isExact(orderedText(text))
      const allowed = text.startsWith(beginning) ? [true] : isSharp ? [false] : [true, false]
      expect(allowed).toContain(isIn)
    }),
    { numRuns: 5_000 },
  )
})

test.each<[Portable, string]>([
  [null, '0 '],
  [false, '10 '],
  [1, '2bff0000000000000 '],
  [-1, '2400fffffffffffff '],
  [12n, '31000212 '],
  ['Ada 1', '4Ada!P1 '],
  [new Date(0), '58000000000000000 '],
  [['a'], '7"'],
])('%o is written as %s', (one, text) => {
  expect(orderedText(one)).toBe(text)
})
