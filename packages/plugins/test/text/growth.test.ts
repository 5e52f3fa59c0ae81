import { createSeededRandom } from '@holdfast/core/testing'
import type { FieldState, Portable } from '@holdfast/core'
import { textType } from '@holdfast/plugins/text'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { figure } from '../../../../tests/harness/figure.ts'
import { editorChange } from '../../src/text/changes.ts'
import { openDocument } from '../../src/text/document.ts'
import { hash53 } from '../../src/text/hash.ts'
import { fingerprintOf } from '../../src/text/letters.ts'

const edits = 10_000

const textIn = ({ value }: FieldState): string => (typeof value === 'string' ? value : '')

const sizeOf = ({ hidden }: FieldState): number => (hidden instanceof Uint8Array ? hidden.length : 0)

/** The state that comes of reading it and writing it again, in one go. */
const encodedAgain = (state: FieldState): number => Y.encodeStateAsUpdateV2(openDocument(state)).length

interface Edit {
  readonly at: number
  readonly remove: number
}

/** One letter after the other, or anywhere, every fourth taking one away. */
const places: Readonly<Record<string, (length: number, index: number) => Edit>> = (() => {
  const random = createSeededRandom('growth')
  return {
    'typed one after the other': (length) => ({ at: length, remove: 0 }),
    'anywhere, one of four a deletion': (length, index) =>
      index % 4 === 3 && length > 0
        ? { at: random.between(0, length - 1), remove: 1 }
        : { at: random.between(0, length), remove: 0 },
  }
})()

const one = (state: FieldState, edit: Edit, index: number, session: boolean): FieldState => {
  const change = { ...edit, insert: edit.remove > 0 ? '' : 'x' }
  const client = hash53('session')
  const input: Portable = session
    ? editorChange([change], { seen: fingerprintOf(openDocument(state), client), client }).input
    : { edits: [[change.at, change.remove, change.insert]] }
  const operationId = `operation-${index}`
  const delta = textType.prepare(state, { kind: 'change', input }, { operationId, baseVersion: 0 })
  const applying = { operationId, timestamp: index, version: index, replaying: false }
  return delta === undefined ? state : textType.apply(state, delta, applying)
}

/** What the type does for operations of their own, without opening the document for each. */
const manyAuthors = (place: (length: number, index: number) => Edit, count: number): FieldState => {
  const document = openDocument(textType.empty)
  const text = document.getText('text')
  document.transact(() => {
    for (let index = 0; index < count; index += 1) {
      const { at, remove } = place(text.length, index)
      document.clientID = hash53(`operation-${index}`)
      if (remove > 0) text.delete(at, remove)
      else text.insert(at, 'x')
    }
  })
  return { value: text.toJSON(), hidden: Y.encodeStateAsUpdateV2(document) }
}

test('of 10,000 letters typed in a session the state keeps 10,000 letters and next to nothing else', () => {
  const place = places['typed one after the other'] ?? (() => ({ at: 0, remove: 0 }))
  let state: FieldState = textType.empty
  for (let index = 0; index < edits; index += 1)
    state = one(state, place(textIn(state).length, index), index, true)
  expect(state.value).toBe('x'.repeat(edits))
  expect(sizeOf(state)).toBeLessThan(edits + 100)
  expect(encodedAgain(state)).toBe(sizeOf(state))
  figure(`${edits} letters typed in one session: ${sizeOf(state)} bytes`)
})

test.each(Object.keys(places))(
  'operations of their own cost at most 32 bytes each for ever, %s; writing the state again gains nothing',
  (name) => {
    const place = places[name] ?? (() => ({ at: 0, remove: 0 }))
    const state = manyAuthors(place, edits)
    expect(sizeOf(state)).toBeLessThan(32 * edits)
    expect(sizeOf(state)).toBeGreaterThan(10 * edits)
    expect(encodedAgain(state)).toBe(sizeOf(state))
    figure(
      `${edits} operations of one edit each (${name}): ${sizeOf(state)} bytes for ${textIn(state).length} characters`,
    )
  },
)

test('that is what the type itself comes to', () => {
  const append = places['typed one after the other'] ?? (() => ({ at: 0, remove: 0 }))
  let state: FieldState = textType.empty
  for (let index = 0; index < 200; index += 1)
    state = one(state, append(textIn(state).length, index), index, false)
  expect(state).toEqual(manyAuthors(append, 200))
})
