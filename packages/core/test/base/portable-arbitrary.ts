import * as fc from 'fast-check'
import type { Portable } from '../../src/base/portable.ts'

const forbidden = new Set(['__proto__', 'constructor', 'prototype'])

/** Well-formed text without NUL, with the characters that codecs trip over. */
const portableText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\u0000', '')),
  fc.constantFrom('', '$', '"', '\\', '\u2028', '\uFFFF', '😀', 'é', 'e\u0301', '__proto__', 'toString'),
)

const key: fc.Arbitrary<string> = fc
  .oneof(portableText, fc.constantFrom('$', 'v', '$$', '0', 'toJSON', 'hasOwnProperty'))
  .filter((text) => !forbidden.has(text))

const portableNumber: fc.Arbitrary<number> = fc
  .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger())
  .filter((number) => !Number.isInteger(number) || Number.isSafeInteger(number))

const portableDate: fc.Arbitrary<Date> = fc.date({
  min: new Date('0001-01-01T00:00:00.000Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})

export const portableScalar: fc.Arbitrary<Portable> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  portableNumber,
  portableText,
  fc.bigInt(),
  portableDate,
  fc.uint8Array({ maxLength: 40 }),
)

const { tree } = fc.letrec<{ tree: Portable }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    portableScalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
  ),
}))

const wrap = (value: Portable, wrappers: readonly string[]): Portable =>
  wrappers.reduce<Portable>((inner, name) => (name === '[]' ? [inner] : { [name]: inner }), value)

/** Nothing is nested deeper than the 32 levels of the portable values. */
export const portable: fc.Arbitrary<Portable> = fc.oneof(
  { weight: 4, arbitrary: tree },
  {
    weight: 1,
    arbitrary: fc
      .tuple(portableScalar, fc.array(fc.constantFrom('[]', '$', 'v', 'a'), { minLength: 20, maxLength: 32 }))
      .map(([value, wrappers]) => wrap(value, wrappers)),
  },
)
