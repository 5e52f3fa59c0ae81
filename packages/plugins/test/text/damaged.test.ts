import { isSyncError, type FieldState } from '@holdfast/core'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { expect, test } from 'vitest'
import { textType } from '../../src/text/text-type.ts'

const applying = (operationId: string, version: number, replaying = false) => ({
  operationId,
  timestamp: 0,
  version,
  replaying,
})

const textIn = ({ value }: FieldState): string => (typeof value === 'string' ? value : '')

const edited = (random: SeededRandom, value: string): string => {
  const letters = Array.from(value)
  letters.splice(random.between(0, letters.length), random.between(0, 2), random.pick(['ab', 'x', '😀', '']))
  return letters.join('')
}

const setTo = (state: FieldState, value: string, operationId: string): Uint8Array | undefined =>
  textType.prepare(state, { kind: 'set', value }, { operationId, baseVersion: 0 })

/** A text after some edits, and one more edit with some bytes changed. */
const damagedEdit = (random: SeededRandom): readonly [FieldState, Uint8Array] => {
  let state = textType.empty
  for (let step = 0; step < 4; step += 1) {
    const delta = setTo(state, edited(random, textIn(state)), `step-${step}`)
    if (delta !== undefined) state = textType.apply(state, delta, applying(`step-${step}`, step + 1))
  }
  const bytes = Uint8Array.from(setTo(state, `${textIn(state)}end`, 'last') ?? [])
  for (let count = random.between(1, 4); count > 0; count -= 1)
    bytes[random.between(0, bytes.length - 1)] = random.between(0, 255)
  return [state, bytes]
}

test('an update with damaged bytes is INVALID or MISSING_DEPENDENCY, or leaves a text that others go on with', () => {
  const outcomes = new Map<unknown, number>()
  const count = (outcome: unknown): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  for (let run = 0; run < 5_000; run += 1) {
    const [state, bytes] = damagedEdit(createSeededRandom(`damaged ${run}`))
    for (const replaying of [false, true]) {
      let after: FieldState
      try {
        after = textType.apply(state, bytes, applying('damaged', 9, replaying))
      } catch (error) {
        count(isSyncError(error) ? error.code : error)
        continue
      }
      count('taken')
      const wanted = `${textIn(after)}!`
      const next = setTo(after, wanted, 'next')
      expect(next && textType.apply(after, next, applying('next', 10)).value).toBe(wanted)
    }
  }
  expect(new Set(outcomes.keys())).toEqual(new Set(['INVALID', 'MISSING_DEPENDENCY', 'taken']))
})
