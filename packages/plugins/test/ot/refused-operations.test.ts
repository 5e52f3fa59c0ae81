import { isSyncError, type FieldState, type Portable } from '@holdfast/core'
import { describe, expect, test } from 'vitest'
import { json1 } from '../../src/ot/json.ts'
import { createOtFieldType } from '../../src/ot/ot-field-type.ts'
import { guardType, type OtField } from '../../src/ot/ot-type.ts'
import { unicodeText } from '../../src/ot/text.ts'

/** What `run` ends with, and true if that took no time to speak of. */
const outcomeOf = (run: () => FieldState): readonly [outcome: unknown, quick: boolean] => {
  const start = performance.now()
  const outcome = (() => {
    try {
      return run().value
    } catch (error) {
      return isSyncError(error) ? error.code : error
    }
  })()
  return [outcome, performance.now() - start < 1_000]
}

const apply = (type: OtField, value: Portable, operation: Portable): readonly [unknown, boolean] => {
  const field = createOtFieldType('field', guardType(type), 10)
  const state: FieldState = { value, hidden: { floor: 1, absent: false, entries: [] } }
  const applying = { operationId: 'o', timestamp: 0, version: 2, replaying: false }
  return outcomeOf(() => field.apply(state, { at: 1, previous: null, operation }, applying))
}

const set = (type: OtField, before: Portable, value: Portable): unknown => {
  const field = createOtFieldType('field', guardType(type), 10)
  const maker = { operationId: 'o', baseVersion: 0 }
  try {
    return field.prepare({ value: before }, { kind: 'set', value }, maker)
  } catch (error) {
    return isSyncError(error) ? error.code : error
  }
}

describe('[OT06] what the packages would let pass is INVALID, and costs no time', () => {
  test.each<readonly [what: string, operation: Portable]>([
    ['is no component', [true]],
    ['is half a place', [1.5, 'x']],
    ['deletes half a letter', [{ d: 0.5 }]],
    ['carries more than a deletion', [{ d: 1, more: 'x' }]],
    ['skips a thousand million letters', [1_000_000_000, 'x']],
    ['deletes a thousand million letters', [{ d: 1_000_000_000 }]],
  ])('an operation of a text that %s', (_what, operation) => {
    expect(apply(unicodeText, 'hello', operation)).toEqual(['INVALID', true])
  })

  test.each<readonly [what: string, operation: Portable]>([
    ['adds a text to a number', ['count', { ena: 'x' }]],
    ['adds an object to a number', ['count', { ena: {} }]],
    ['adds a number to a text', ['title', { ena: 1 }]],
    ['adds a number to a text in other words', ['title', { e: 1, et: 'number' }]],
    ['counts beyond all numbers', ['count', { ena: Number.MAX_SAFE_INTEGER }]],
    [
      'takes what every object inherits',
      [
        ['constructor', { p: 0 }],
        ['x', { d: 0 }],
      ],
    ],
    [
      'takes what every object inherits by another name',
      [
        ['toString', { p: 0 }],
        ['x', { d: 0 }],
      ],
    ],
    ['writes where every object inherits from', ['constructor', 'prototype', 'x', { i: 1 }]],
    ['inserts a date', ['x', { i: new Date(0) }]],
    ['inserts bytes', ['x', { i: { deep: [Uint8Array.of(1)] } }]],
    ['inserts a big integer', ['x', { i: 1n }]],
    ['edits by a type of its own', ['title', { e: ['x'], et: 'rich-text' }]],
    ['skips a thousand million letters inside', ['title', { es: [1_000_000_000, 'x'] }]],
    [
      'deletes a thousand million letters inside',
      ['title', { e: [{ d: 1_000_000_000 }], et: 'text-unicode' }],
    ],
    ['goes ten thousand levels down', [...Array.from({ length: 10_000 }, () => 'a'), { i: 1 }]],
  ])('an operation of a document that %s', (_what, operation) => {
    expect(apply(json1, { count: 1, title: 'hello' }, operation)).toEqual(['INVALID', true])
  })

  test('what fits is taken', () => {
    expect(apply(json1, { count: 1, title: 'hello' }, ['count', { ena: 1.5 }])[0]).toEqual({
      count: 2.5,
      title: 'hello',
    })
    expect(apply(json1, { a: 1 }, ['toString', { i: 1 }])[0]).toEqual({ a: 1, toString: 1 })
    expect(set(json1, {}, { toString: 1 })).toMatchObject({ operation: ['toString', { i: 1 }] })
    expect(apply(json1, { title: 'hello' }, ['title', { es: [5, '!'] }])[0]).toEqual({ title: 'hello!' })
    expect(apply(unicodeText, '👋 hello', [2, { d: 'h' }, 'H'])[0]).toBe('👋 Hello')
  })
})

test.each<readonly [what: string, type: OtField, before: Portable, value: Portable]>([
  ['a text is set to a number', unicodeText, 'hello', 5],
  ['a document is set to a date', json1, null, new Date(0)],
  [
    'a document is set to a date that reads the same',
    json1,
    { at: new Date(0).toISOString() },
    { at: new Date(0) },
  ],
  ['a document is set to bytes', json1, { a: 1 }, { a: Uint8Array.of(1) }],
  ['a document is set to a big integer', json1, { a: 1 }, { a: 1n }],
])('[OT06] %s: INVALID', (_what, type, before, value) => {
  expect(set(type, before, value)).toBe('INVALID')
})

test('[OT04] a document of null is none: setting it comes to nothing, and from null anything can be set', () => {
  expect(set(json1, null, null)).toBeUndefined()
  expect(set(json1, null, { a: 1 })).toMatchObject({ operation: [{ i: { a: 1 } }] })
  const [emptied] = apply(json1, { a: 1 }, [{ r: true }])
  expect(emptied).toBeNull()
})

describe('[OT05] of an operation whose place is no longer known nothing is shown that could be at the cost of others', () => {
  const replay = (value: Portable, operation: Portable): unknown => {
    const field = createOtFieldType('field', guardType(json1), 10)
    const state: FieldState = { value, hidden: { floor: 5, absent: false, entries: [] } }
    const applying = { operationId: 'o', timestamp: 0, version: 6, replaying: true }
    return outcomeOf(() => field.apply(state, { at: 1, previous: null, operation }, applying))[0]
  }

  test.each<readonly [what: string, operation: Portable]>([
    ['removes', ['list', 0, { r: true }]],
    ['replaces', ['title', { r: true, i: 'mine' }]],
    ['moves', ['list', [0, { p: 0 }], [1, { d: 0 }]]],
    ['changes a member of a list', ['list', 0, { ena: 1 }]],
    ['deletes letters', ['title', { es: [{ d: 1 }] }]],
  ])('an operation that %s', (_what, operation) => {
    expect(replay({ list: [1, 2], title: 'theirs', count: 1 }, operation)).toBe('MISSING_DEPENDENCY')
  })

  test.each<readonly [what: string, operation: Portable, after: Portable]>([
    ['a new member', ['mine', { i: 1 }], { list: [1], title: 'theirs', count: 1, mine: 1 }],
    ['an inserted item', ['list', 1, { i: 2 }], { list: [1, 2], title: 'theirs', count: 1 }],
    ['what is added', ['count', { ena: 2 }], { list: [1], title: 'theirs', count: 3 }],
    ['typed letters', ['title', { es: ['not '] }], { list: [1], title: 'not theirs', count: 1 }],
  ])('%s: shown', (_what, operation, after) => {
    expect(replay({ list: [1], title: 'theirs', count: 1 }, operation)).toEqual(after)
  })
})
