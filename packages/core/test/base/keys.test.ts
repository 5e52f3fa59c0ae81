import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeKeyPart, joinKey, orderedNumber, unescapeKeyPart } from '../../src/base/keys.ts'

/** Also ill-formed text, NUL and the characters that the escape itself uses. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', '%', '%%', '%2F', '%u0041', '/', '../', "!'()*~", '\uD83D', '\uDE00\uD83D', '😀'),
)

test('an escaped part is printable ASCII without a slash, and never empty', () => {
  fc.assert(
    fc.property(text, (part) => {
      expect(escapeKeyPart(part)).toMatch(/^[\x21-\x2e\x30-\x7e]+$/)
    }),
  )
})

test('unescaping gives the part back, so no two parts escape alike', () => {
  fc.assert(
    fc.property(text, (part) => {
      expect(unescapeKeyPart(escapeKeyPart(part))).toBe(part)
    }),
    { numRuns: 1000 },
  )
})

test.each([
  ['todo-1_a.b:c@d', 'todo-1_a.b:c@d'],
  ['', '%'],
  ['%', '%25'],
  ['a/b c', 'a%2Fb%20c'],
  ['é', '%C3%A9'],
  ['\uD83D', '%ud83d'],
])('%j is escaped as %s', (part, escaped) => {
  expect(escapeKeyPart(part)).toBe(escaped)
})

test('different lists of parts have different keys', () => {
  const parts = fc.array(text, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(parts, parts, (left, right) => {
      const same = left.length === right.length && left.every((part, index) => part === right[index])
      expect(joinKey(...left) === joinKey(...right)).toBe(same)
    }),
  )
})

test('a scan below one part never meets the keys of another', () => {
  fc.assert(
    fc.property(text, text, text, (part, other, rest) => {
      const prefix = `${joinKey('rec', part)}/`
      expect(joinKey('rec', other, rest).startsWith(prefix)).toBe(part === other)
    }),
  )
  expect(joinKey('rec', 'ab', 'x').startsWith(`${joinKey('rec', 'a')}/`)).toBe(false)
})

test('ordered numbers sort as text in number order', () => {
  const number = fc.oneof(fc.maxSafeNat(), fc.nat({ max: 1000 }), fc.constant(Number.MAX_SAFE_INTEGER))
  fc.assert(
    fc.property(number, number, (left, right) => {
      expect(Math.sign(left - right)).toBe(
        orderedNumber(left) < orderedNumber(right) ? -1 : orderedNumber(left) > orderedNumber(right) ? 1 : 0,
      )
      expect(Number(orderedNumber(left))).toBe(left)
    }),
  )
})
