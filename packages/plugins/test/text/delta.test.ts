import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import {
  compose,
  fromEdits,
  fromEvent,
  insert,
  joined,
  keep,
  remove,
  split,
  toEdits,
  transform,
  type Delta,
} from '../../src/text/delta.ts'
import { contentOf, newDocument, textOf } from '../../src/text/document.ts'
import { applyEdits } from '../../src/text/edits.ts'
import { changeBetween } from '../../src/text/letters.ts'
import { writeEdits } from '../../src/text/write.ts'

const runs = 2_000

const someText = (random: SeededRandom, most: number): string =>
  Array.from({ length: random.between(0, most) }, () => random.pick(['a', 'b'])).join('')

/** A change of a text of that length. */
const someDelta = (random: SeededRandom, length: number): Delta => {
  const steps = []
  for (let left = length; left > 0 && random.chance(0.8);) {
    const count = random.between(0, Math.min(left, 4))
    const what = random.pick(['keep', 'remove', 'insert'] as const)
    steps.push(
      what === 'insert' ? insert(someText(random, 3)) : what === 'keep' ? keep(count) : remove(count),
    )
    if (what !== 'insert') left -= count
  }
  if (random.chance(0.3)) steps.push(insert(someText(random, 3)))
  return joined(steps)
}

const after = (text: string, delta: Delta): string => applyEdits(text, toEdits(delta))

const each = (name: string, check: (random: SeededRandom, text: string) => void): void => {
  for (let run = 0; run < runs; run += 1) {
    const random = createSeededRandom(`${name} ${run}`)
    check(random, someText(random, 12))
  }
}

test('two changes in one come to what both come to, one after the other', () => {
  each('compose', (random, text) => {
    const first = someDelta(random, text.length)
    const second = someDelta(random, after(text, first).length)
    expect(after(text, compose(first, second))).toBe(after(after(text, first), second))
  })
})

test('of two changes of one text it does not count which one is made first', () => {
  each('transform', (random, text) => {
    const [one, other] = [someDelta(random, text.length), someDelta(random, text.length)]
    const left = after(after(text, one), transform(other, one, 'after'))
    expect(after(after(text, other), transform(one, other, 'before'))).toBe(left)
  })
})

test('a change in portions comes to the same, and no portion is larger than asked', () => {
  each('split', (random, text) => {
    const delta = someDelta(random, text.length)
    const [first, rest] = split(delta, random.between(17, 40))
    expect(after(after(text, first), rest)).toBe(after(text, delta))
    expect(toEdits(first).reduce((size, edit) => size + edit.insert.length, 0)).toBeLessThan(40)
    expect(first.length > 0 || delta.length === 0).toBe(true)
  })
  const delta = fromEdits(
    Array.from({ length: 1_000 }, (_, index) => ({ at: 2 * index, remove: 1, insert: '' })),
  )
  expect(split(delta, 160)[0].filter(({ kind }) => kind === 'remove')).toHaveLength(9)
})

/** Edits of documents that hear of each other now and then. */
const edited = (random: SeededRandom, documents: readonly [Y.Doc, ...Y.Doc[]], author = 1): void => {
  for (let step = 1; step < 10; step += 1) {
    const document = random.pick(documents)
    writeEdits(document, toEdits(someDelta(random, contentOf(document).length)), author + step)
    if (random.chance(0.4)) Y.applyUpdate(random.pick(documents), Y.encodeStateAsUpdate(document))
  }
}

test('what is new in a later document is what Yjs tells of it, to the place between removed letters', () => {
  each('later', (random) => {
    const [earlier, later] = [newDocument(), newDocument()]
    edited(random, [earlier, later])
    Y.applyUpdate(later, Y.encodeStateAsUpdate(earlier))
    const change = changeBetween(earlier, later)
    const told: Delta[] = []
    textOf(earlier).observe((event) => void told.push(fromEvent(event)))
    Y.applyUpdate(earlier, Y.encodeStateAsUpdate(later))
    expect(change).toEqual(told[0] ?? [])
  })
})

test('where a document lacks letters of an earlier one, they are removed, and what both have stays', () => {
  each('lost', (random) => {
    const [earlier, later, lost] = [newDocument(), newDocument(), newDocument()]
    edited(random, [earlier, later])
    edited(random, [lost], 100)
    const both = contentOf(earlier).length
    Y.applyUpdate(earlier, Y.encodeStateAsUpdate(lost))
    const change = changeBetween(earlier, later)
    expect(after(contentOf(earlier), change)).toBe(contentOf(later))
    expect(contentOf(earlier)).toHaveLength(both + contentOf(lost).length)
  })
})
