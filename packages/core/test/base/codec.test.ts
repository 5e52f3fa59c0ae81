import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePortable, encodePortable } from '../../src/base/codec.ts'
import { hasCode } from '../../src/base/errors.ts'
import { portableEquals } from '../../src/base/portable.ts'
import { portable } from './portable-arbitrary.ts'

test('every portable value survives the round trip, and its text too', () => {
  fc.assert(
    fc.property(portable, (value) => {
      const text = encodePortable(value)
      const decoded = decodePortable(text)
      expect(portableEquals(decoded, value)).toBe(true)
      expect(encodePortable(decoded)).toBe(text)
    }),
    { numRuns: 1000 },
  )
})

test.each<[unknown, string]>([
  [{ a: 1, b: [null, true, 'x'] }, '{"a":1,"b":[null,true,"x"]}'],
  [-0, '0'],
  [new Date('0001-01-01T00:00:00.000Z'), '{"$":"date","v":"0001-01-01T00:00:00.000Z"}'],
  [-12n, '{"$":"bigint","v":"-12"}'],
  [new Uint8Array([0, 255]), '{"$":"bytes","v":"AP8="}'],
  [new Uint8Array(), '{"$":"bytes","v":""}'],
  [{ $: 'date', v: 'x' }, '{"$":"entries","v":[["$","date"],["v","x"]]}'],
  [{ '"': 1, 'a\nb': 2 }, String.raw`{"$":"entries","v":[["\"",1],["a\nb",2]]}`],
  [{ $: { $: 1n } }, '{"$":"entries","v":[["$",{"$":"entries","v":[["$",{"$":"bigint","v":"1"}]]}]]}'],
])('%o is written as %s', (value, text) => {
  expect(encodePortable(value)).toBe(text)
})

test('a key is read right after one of which it could be taken for, in spite of nodejs/node#63785', () => {
  for (const [first, second] of [
    ['\\', '"'],
    ['\\', '\n'],
    ['a\\', 'a"'],
    ['"', '\\'],
  ] as const) {
    for (const key of [first, second]) {
      const value = { v: 0, [key]: 1 }
      expect(decodePortable(encodePortable(value))).toEqual(value)
    }
  }
})

test('long bytes survive', () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251)
  expect(portableEquals(decodePortable(encodePortable(bytes)), bytes)).toBe(true)
})

const deepText = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`

test.each([
  '',
  '{',
  'undefined',
  'NaN',
  '1e400',
  '9007199254740993',
  '"\\ud83d"',
  '"\\u0000"',
  '{"__proto__":1}',
  '{"a":{"constructor":1}}',
  '{"$":"date"}',
  '{"$":"date","v":"2020"}',
  '{"$":"date","v":"2020-01-01 00:00"}',
  '{"$":"date","v":"2020-01-01T00:00:00Z"}',
  '{"$":"date","v":"not a date"}',
  '{"$":"date","v":"+012345-01-01T00:00:00.000Z"}',
  '{"$":"date","v":0}',
  '{"$":"date","v":"2020-01-01T00:00:00.000Z","w":1}',
  '{"$":"bigint","v":"1.5"}',
  '{"$":"bigint","v":""}',
  '{"$":"bigint","v":"007"}',
  '{"$":"bigint","v":"-0"}',
  '{"$":"bigint","v":"0x10"}',
  `{"$":"bigint","v":"${'9'.repeat(1001)}"}`,
  '{"$":"bytes","v":"A"}',
  '{"$":"bytes","v":"AP8"}',
  '{"$":"bytes","v":"AP9="}',
  '{"$":"bytes","v":"A P8="}',
  '{"$":"bytes","v":"_-8="}',
  '{"$":"bytes","v":[0]}',
  '{"$":"object","v":{"$":1}}',
  '{"$":"entries","v":[["a",1]]}',
  '{"$":"entries","v":{"$":1}}',
  '{"$":"entries","v":null}',
  '{"$":"entries","v":[["$"]]}',
  '{"$":"entries","v":[["$",1,2]]}',
  '{"$":"entries","v":[[1,"$"]]}',
  '{"$":"entries","v":[["$",1],["$",2]]}',
  '{"$":"entries","v":[["$",1],["__proto__",2]]}',
  String.raw`{"\"":1}`,
  String.raw`{"a":{"\\":1}}`,
  String.raw`{"a\n":1}`,
  '{"$":"set","v":[]}',
  '{"$":1}',
  '{"$":null,"v":1}',
  deepText(33),
  deepText(100_000),
])('%.60s is refused', (text) => {
  const decode = (): unknown => decodePortable(text)
  expect(decode).toThrow(expect.toSatisfy((error) => hasCode(error, 'INVALID')))
})

test('text that was mangled on its way is refused with INVALID or is another portable value', () => {
  const mangled = fc
    .tuple(portable, fc.nat(), fc.nat(), fc.constantFrom('', '"', '{', '}', '\\', '0', '$', '\u0000'))
    .map(([value, at, length, put]) => {
      const text = encodePortable(value)
      const start = at % text.length
      return text.slice(0, start) + put + text.slice(start + (length % 4))
    })
  const survives = (text: string): boolean => {
    try {
      encodePortable(decodePortable(text))
      return true
    } catch (error) {
      return hasCode(error, 'INVALID')
    }
  }
  fc.assert(fc.property(fc.oneof(mangled, fc.string(), fc.json()), survives), { numRuns: 2000 })
})
