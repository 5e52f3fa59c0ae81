import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { type as textType, type TextOp } from 'ot-text-unicode'
import { expect, test } from 'vitest'
import { applyText, unicodeText } from '../../src/ot/text.ts'
import { isOneEdit } from '../../src/ot/text-operation.ts'

/** An edit of up to two places. Each author types letters of her own. */
const edit = (random: SeededRandom, text: string, letter: string): TextOp => {
  const result: TextOp = []
  for (let left = text.length, places = random.between(1, 2); places > 0; places -= 1) {
    const skipped = random.between(0, left)
    const removed = random.between(0, Math.min(3, left - skipped))
    left -= skipped + removed
    const typed = random.chance(0.6) ? letter : ''
    result.push(skipped, ...(random.chance(0.5) ? [typed, { d: removed }] : [{ d: removed }, typed]))
  }
  return textType.normalize(result)
}

const transform = unicodeText.transform as (op: TextOp, other: TextOp, side: 'left' | 'right') => TextOp

test('[CP15] two edits of a text that are folded stand where they would as two, whatever others wrote meanwhile', () => {
  const random = createSeededRandom('one edit')
  const wrong: unknown[] = []
  let [same, apart] = [0, 0]
  for (let round = 0; round < 20_000; round += 1) {
    const text = 'abcdefgh'.slice(0, random.between(0, 8))
    const first = edit(random, text, 'X')
    const second = edit(random, applyText(text, first), 'Y')
    const theirs = edit(random, text, 'T')
    const after = applyText(text, theirs)
    const moved = transform(first, theirs, 'right')
    const carried = transform(theirs, first, 'left')
    const asTwo = applyText(applyText(after, moved), transform(second, carried, 'right'))
    const folded = unicodeText.compose(first, second) as TextOp
    const asOne = applyText(after, transform(folded, theirs, 'right'))
    if (isOneEdit(first, second)) {
      same += 1
      if (asOne !== asTwo) wrong.push({ text, first, second, theirs, asOne, asTwo })
    } else apart += asOne === asTwo ? 0 : 1
  }
  expect(wrong).toEqual([])
  expect(same).toBeGreaterThan(5_000)
  // The others are left apart for a reason.
  expect(apart).toBeGreaterThan(100)
})
