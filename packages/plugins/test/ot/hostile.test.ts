import { isSyncError, type FieldState, type Portable } from '@holdfast/core'
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
