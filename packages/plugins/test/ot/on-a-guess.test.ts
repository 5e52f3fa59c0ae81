import { isSyncError, type FieldState, type Portable, type Wanted } from '@holdfast/core'
import { expect, test } from 'vitest'
import { createOtFieldType } from '../../src/ot/ot-field-type.ts'
import { guardType } from '../../src/ot/ot-type.ts'
import { unicodeText } from '../../src/ot/text.ts'

const field = createOtFieldType('field', guardType(unicodeText), 10)

/** At version 5 nothing is known of what was before. */
const base = (value: string): FieldState => ({ value, hidden: { floor: 5, absent: false, entries: [] } })

const applied = (state: FieldState, delta: Portable, version: number, replaying = true): FieldState =>
  field.apply(state, delta, { operationId: `o${version}`, timestamp: 0, version, replaying })

const codeOf = (run: () => unknown): unknown => {
  try {
    run()
    return undefined
  } catch (error) {
    return isSyncError(error) ? error.code : error
  }
}

/** Built on an operation that nobody has: what was typed is shown, at a guess. */
const lost = { at: 5, previous: 'refused', operation: [6, 'brave '] }

const made = (
  state: FieldState,
  operation: readonly Portable[],
): NonNullable<ReturnType<typeof field.prepare>> => {
  const wanted: Wanted = { kind: 'change', input: operation }
  const delta = field.prepare(state, wanted, { operationId: 'made', baseVersion: 5 })
  if (delta === undefined) throw new Error('There is something to do.')
  return delta
}

test('[OT08] what is written on what is shown at a guess stands where it was written, also what it deletes', () => {
  const shown = applied(base('hello world'), lost, 6)
  expect(shown.value).toBe('hello brave world')
  const cut = made(shown, [{ d: 6 }])
  const after = applied(shown, cut, 7)
  expect(after.value).toBe('brave world')
  const further = made(after, [5, { d: 6 }, '!'])
  expect(applied(after, further, 8).value).toBe('brave!')
})

test('[OT08] all of it is made again as one', () => {
  const shown = applied(base('hello world'), lost, 6)
  const after = applied(shown, made(shown, [{ d: 6 }]), 7)
  expect(field.difference(base('hello world'), after, { operationId: 'again', baseVersion: 5 })).toEqual({
    at: 5,
    previous: null,
    operation: [{ d: 6 }, 'brave '],
  })
})

test('[OT08] on another text it has no place: nothing of others is deleted there, and no server takes it', () => {
  const shown = applied(base('hello world'), lost, 6)
  const cut = made(shown, [{ d: 6 }])
  const elsewhere = applied(base('HELLO WORLD'), lost, 6)
  expect(codeOf(() => applied(elsewhere, cut, 7))).toBe('MISSING_DEPENDENCY')
  const replaced = made(shown, [{ d: 5 }, 'Bye'])
  expect(applied(elsewhere, replaced, 7).value).toBe('ByeHELLO brave WORLD')
  expect(codeOf(() => applied(shown, cut, 7, false))).toBe('MISSING_DEPENDENCY')
  // The server may have had a place for the first: it was another one.
  const known = applied(base('hello world'), { ...lost, previous: null }, 6, false)
  expect(codeOf(() => applied(known, { ...cut, previous: 'o6' }, 7, false))).toBe('MISSING_DEPENDENCY')
})

test('[OT08] it is not folded into what it was made on, as that was made on another text', () => {
  const shown = applied(base('hello world'), lost, 6)
  const cut = made(shown, [{ d: 6 }])
  expect(field.compose(lost, cut)).toBeUndefined()
  const after = applied(shown, cut, 7)
  const both = field.compose(cut, made(after, [5, { d: 6 }]))
  if (both === undefined) throw new Error('The two follow each other.')
  expect(applied(shown, both, 7).value).toBe('brave')
})

test('[OT08] what was made again by itself is not folded into what comes before it: it does not build on that', () => {
  const first = { at: 5, previous: null, operation: [5, '!'] }
  expect(field.compose(first, { at: 5, previous: null, operation: [5, '?'] })).toBeUndefined()
  expect(field.compose(first, { at: 5, previous: 'first', operation: [6, '?'] })).toEqual({
    at: 5,
    previous: null,
    operation: [5, '!?'],
  })
})

test('[OT06] what it was made on has a name, or it is INVALID', () => {
  expect(codeOf(() => applied(base('hello'), { at: 5, previous: null, operation: ['x'], seen: 5 }, 6))).toBe(
    'INVALID',
  )
})
