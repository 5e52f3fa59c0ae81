import { isSyncError, type FieldState, type Portable } from '@holdfast/core'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { expect, test } from 'vitest'
import { json1 } from '../../src/ot/json.ts'
import { createOtFieldType } from '../../src/ot/ot-field-type.ts'
import { guardType } from '../../src/ot/ot-type.ts'
import { unicodeText } from '../../src/ot/text.ts'

const hostile: readonly Portable[] = [
  null,
  5,
  'x',
  [],
  {},
  { at: 1 },
  { at: -1, previous: null, operation: [] },
  { at: 1.5, previous: null, operation: ['x'] },
  { at: 99, previous: null, operation: ['x'] },
  { at: 1, previous: 'nobody', operation: ['x'] },
  { at: 1, previous: 5, operation: ['x'] },
  { at: 1, previous: null, operation: { d: 1 } },
  { at: 1, previous: null, operation: [1_000_000_000, 'x'] },
  { at: 1, previous: null, operation: [{ d: 1_000_000_000 }] },
  { at: 1, previous: null, operation: [[[[]]]] },
  {
    at: 1,
    previous: null,
    operation: [
      ['a', { p: 0 }],
      ['b', { d: 7 }],
    ],
  },
  { at: 1, previous: null, operation: ['a', { et: 'unknown', e: 1 }] },
]

test.each([
  ['text-unicode', unicodeText, 'hello'],
  ['json1', json1, { a: 1 }],
] as const)(
  '[OT06] %s: whatever comes as a delta is applied, or ends with a SyncError',
  (_name, type, value) => {
    const field = createOtFieldType('field', guardType(type), 10)
    const state: FieldState = { value, hidden: { floor: 1, absent: false, entries: [] } }
    const outcomes = hostile.map((delta) => {
      try {
        const applied = field.apply(state, delta, {
          operationId: 'o',
          timestamp: 0,
          version: 2,
          replaying: false,
        })
        return JSON.stringify(applied).length < 1_000 ? 'applied' : 'grown'
      } catch (error) {
        return isSyncError(error) ? error.code : error
      }
    })
    expect(new Set(['applied', 'INVALID', 'MISSING_DEPENDENCY', ...outcomes])).toEqual(
      new Set(['applied', 'INVALID', 'MISSING_DEPENDENCY']),
    )
  },
)

const parts = ['a', 'b', 'toString', 0, 1, -1, 1.5, 2 ** 31, 1e300, null, true] as const
const members = ['p', 'r', 'd', 'i', 'e', 'et', 'es', 'ena', 'other'] as const

/** What looks a little like an operation. */
const oddity = (random: SeededRandom, depth = 0): Portable => {
  if (depth > 4 || random.chance(0.4)) return random.pick(parts)
  if (random.chance(0.5)) return Array.from({ length: random.between(0, 3) }, () => oddity(random, depth + 1))
  return { [random.pick(members)]: oddity(random, depth + 1) }
}

test.each([
  ['text-unicode', unicodeText, 'hello', [2, 'l']],
  ['json1', json1, { a: 1, b: ['x', { a: 2 }] }, ['b', 0, { r: true }]],
] as const)(
  '[OT06] %s: what looks like an operation ends with a SyncError, or leaves what others can build on',
  (name, type, value, next) => {
    const field = createOtFieldType('field', guardType(type), 10)
    const before: FieldState = { value, hidden: { floor: 1, absent: false, entries: [] } }
    const apply = (state: FieldState, operation: Portable, version: number): FieldState =>
      field.apply(
        state,
        { at: 1, previous: null, operation },
        { operationId: `o${version}`, timestamp: 0, version, replaying: false },
      )
    let taken = 0
    const refusals = new Set<unknown>()
    for (let run = 0; run < 20_000; run += 1) {
      const random = createSeededRandom(`${name} ${run}`)
      const odd = Array.from({ length: random.between(1, 4) }, () => oddity(random))
      let state: FieldState
      try {
        state = apply(before, odd, 2)
      } catch (error) {
        refusals.add(isSyncError(error) ? error.code : error)
        continue
      }
      taken += 1
      expect(() => apply(state, next, 3)).not.toThrow()
    }
    expect(taken).toBeGreaterThan(20)
    expect(refusals).toEqual(new Set(['INVALID']))
  },
)
