import type { FieldState } from '@holdfast/core'
import { textType } from '@holdfast/plugins/text'
import { describe, expect, test } from 'vitest'

describe('a word that is replaced', () => {
  const at = (text: string, word: string): number => text.indexOf(word)

  const edited = (
    state: FieldState,
    edit: readonly [number, number, string],
    operationId: string,
  ): Uint8Array => {
    const wanted = { kind: 'change', input: { edits: [edit] } } as const
    const delta = textType.prepare(state, wanted, { operationId, baseVersion: 0 })
    if (delta === undefined) throw new Error('There was nothing to do.')
    return delta
  }

  const together = (
    state: FieldState,
    operations: Readonly<Record<string, readonly [number, number, string]>>,
  ): unknown => {
    const deltas = Object.entries(operations).map(([id, edit]) => [id, edited(state, edit, id)] as const)
    const ends = [deltas, deltas.toReversed()].map((order) =>
      order.reduce(
        (current, [operationId, delta], index) =>
          textType.apply(current, delta, { operationId, timestamp: 1, version: index, replaying: false }),
        state,
      ),
    )
    expect(ends[0]).toEqual(ends[1])
    return ends[0]?.value
  }

  test.each([
    ['what others append to it stays behind it', 'noon', [12, 0, ', bring tea'], 'Meet at six, bring tea.'],
    ['what others put before it stays before it', 'noon', [8, 0, 'about '], 'Meet at about six.'],
    ['of one letter, what others append stays behind it', '.', [13, 0, ' Tea.'], 'Meet at noonsix Tea.'],
  ] as const)('stands where it was: %s', (_what, word, other, expected) => {
    const state = { value: 'Meet at noon.' }
    const endings = new Set<unknown>()
    for (let run = 0; run < 100; run += 1) {
      const mine = [at(state.value, word), word.length, 'six'] as const
      endings.add(together(state, { [`mine ${run}`]: mine, [`theirs ${run}`]: other }))
    }
    expect([...endings]).toEqual([expected])
  })

  test('by two at once is there twice, each in one piece', () => {
    const state = { value: 'Meet at noon.' }
    const endings = new Set<unknown>()
    for (let run = 0; run < 100; run += 1)
      endings.add(together(state, { [`mine ${run}`]: [8, 4, 'six'], [`theirs ${run}`]: [8, 4, 'eight'] }))
    expect(endings).toEqual(new Set(['Meet at eightsix.', 'Meet at sixeight.']))
  })

  test('keeps whole characters whole', () => {
    const state = { value: 'a😀😁b' }
    expect(together(state, { one: [1, 4, 'x😀'] })).toBe('ax😀b')
    expect(together(state, { one: [1, 2, 'x'] })).toBe('ax😁b')
    expect(together(state, { one: [0, 3, 'x'] })).toBe('x😁b')
  })
})
