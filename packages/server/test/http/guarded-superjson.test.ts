import { SuperJSON } from 'superjson'
import { expect, test } from 'vitest'
import { guardedSuperjson } from '@holdfast/core/protocol'

const { serialize, deserialize } = guardedSuperjson
const superjson = new SuperJSON()
const reread = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const travel = (value: unknown): unknown => deserialize(reread(serialize(value)))
const invalid: unknown = expect.objectContaining({ name: 'SyncError', code: 'INVALID' })

test.each([
  ['plain JSON', { a: [1, 'x', null, { b: true }] }],
  ['undefined', { a: undefined, b: [undefined, 1] }],
  ['dates and bigints', { at: new Date(5), big: 7n }],
  ['not a number', { none: Number.NaN }],
  ['dots in keys', { 'a.b': { 'c\\d': undefined } }],
  ['a bare undefined', undefined],
  ['a bare null', null],
])('%s travels unchanged', (_name, value) => {
  expect(travel(value)).toEqual(value)
})

test('the same object twice is written out twice, so that it is never refused on the other end', () => {
  const shared = { a: 1 }
  expect(JSON.stringify(serialize({ left: shared, right: shared }))).not.toContain('referentialEqualities')
  expect(travel({ left: shared, right: shared })).toEqual({ left: shared, right: shared })
})

test('it understands superjson, and superjson understands it', () => {
  const value = { at: new Date(5), none: undefined }
  expect(deserialize(reread(superjson.serialize(value)))).toEqual(value)
  expect(superjson.deserialize(reread(serialize(value)) as never)).toEqual(value)
})

const deep = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)

test.each([
  ['no message', 'text'],
  ['referential equalities', { json: {}, meta: { referentialEqualities: { a: ['b'] } } }],
  ['an object nested too deep', { json: deep(100) }],
  ['an object nested far too deep', { json: deep(20_000) }],
  ['the key __proto__', { json: JSON.parse('{"a":{"__proto__":{"polluted":true}}}') as unknown }],
  ['the key constructor', { json: { constructor: 1 } }],
  ['a path through __proto__', { json: { a: 1 }, meta: { values: { '__proto__.polluted': ['undefined'] } } }],
  ['sets and maps', { json: { a: [] }, meta: { values: { a: ['set'] } } }],
  ['regular expressions', { json: { a: '/(a+)+$/' }, meta: { values: { a: ['regexp'] } } }],
  ['malformed annotations', { json: {}, meta: { values: 'x' } }],
  ['a path that is too long', { json: {}, meta: { values: { [Array(100).fill('a').join('.')]: ['Date'] } } }],
  [
    'a path that is too long by its parts',
    {
      json: { a: 1 },
      meta: { values: Array.from({ length: 9_000 }).reduce((tree) => ({ a: tree }), ['Date']) },
    },
  ],
  [
    'too many annotations',
    {
      json: {},
      meta: {
        values: Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, ['undefined']])),
      },
    },
  ],
])('a message with %s is refused, INVALID', (_name, message) => {
  expect(() => deserialize(message)).toThrow(invalid)
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})

test('a hostile message of a megabyte is refused before it costs anything', () => {
  const paths = Array.from({ length: 20_000 }, (_, index) => `items.${index}`)
  const message: unknown = JSON.parse(
    JSON.stringify({ json: { items: paths }, meta: { referentialEqualities: { items: paths } } }),
  )
  const start = process.cpuUsage()
  expect(() => deserialize(message)).toThrow(invalid)
  // Of the processor: the clock also goes on while other test files have it.
  const { user, system } = process.cpuUsage(start)
  expect((user + system) / 1_000).toBeLessThan(200)
})

test.each([
  ['constructor', { constructor: 2 }],
  ['prototype', { nested: { prototype: 1 } }],
])('the key %s is refused on the way out', (_name, value) => {
  expect(() => serialize(value)).toThrow(invalid)
})
