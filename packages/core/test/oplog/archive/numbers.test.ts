import { array, assert, integer, property, uniqueArray } from 'fast-check'
import { expect, test } from 'vitest'
import { isMarkDue, revisionAt, withMark, type Mark } from '../../../src/oplog/archive/marks.ts'
import { addNumbers, splitUnknown, type Ranges } from '../../../src/oplog/archive/numbers.ts'

const numbers = uniqueArray(integer({ min: 1, max: 120 }), { maxLength: 60 })
const all = (ranges: Ranges): readonly number[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index))
const ascending = (left: number, right: number): number => left - right

test('ranges hold the numbers that were added, whatever came first', () => {
  assert(
    property(array(numbers, { maxLength: 4 }), (portions) => {
      const ranges = portions.reduce<Ranges>(addNumbers, [])
      expect(all(ranges)).toEqual([...new Set(portions.flat())].toSorted(ascending))
      ranges
        .slice(1)
        .forEach(([first], index) => expect(first).toBeGreaterThan((ranges[index]?.[1] ?? 0) + 1))
    }),
  )
})

test('with very many gaps the narrowest are closed, and nothing is forgotten', () => {
  const scattered = Array.from({ length: 1_000 }, (_, index) => index * (index % 7 === 0 ? 50 : 3) + 1)
  const ranges = addNumbers([], [...new Set(scattered)])
  expect(ranges.length).toBeLessThanOrEqual(200)
  const held = new Set(all(ranges))
  expect(scattered.every((number) => held.has(number))).toBe(true)
})

test('[AR7] what the server does not know is what is above its watermark and not among what it knows besides', () => {
  assert(
    property(numbers, integer({ min: 0, max: 120 }), numbers, (added, watermark, more) => {
      const above = more.filter((number) => number > watermark)
      const { known, unknown } = splitUnknown(addNumbers([], added), { watermark, above })
      const isKnown = (number: number): boolean => number <= watermark || above.includes(number)
      expect(unknown).toBe(added.filter((number) => !isKnown(number)).length)
      expect(all(known)).toEqual(added.filter(isKnown).toSorted(ascending))
    }),
  )
})

test('[AR2] a revision is told to be as old as it is, or younger by a thirtieth of the span, in some 60 marks', () => {
  const [span, step] = [30_000, 100]
  let marks: readonly Mark[] = []
  for (let at = 0; at <= 4 * span; at += step) {
    // Something is decided each time; the revision is its time.
    marks = withMark(marks, { at, revision: at, decided: at }, span)
    expect(isMarkDue(marks, at)).toBe(false)
    expect(isMarkDue(marks, at + 1)).toBe(true)
    expect(marks.length).toBeLessThanOrEqual(61)
    for (const age of [0, 700, 7_000, span]) {
      const revision = revisionAt(marks, at - age)
      expect(revision).toBeLessThanOrEqual(Math.max(0, at - age))
      const isOldEnough = at > age + span / 15
      expect(revision).toBeGreaterThanOrEqual(isOldEnough ? at - age - span / 30 - step : 0)
    }
  }
})
