import { fieldTypeConformance } from '@holdfast/core/testing'
import { describe, expect, test, vi } from 'vitest'
import { largest } from '../src/largest.ts'
import { tellStory } from '../src/story.ts'

describe('largest keeps the contract of field types', () => {
  fieldTypeConformance({
    test,
    field: largest,
    wishes: (random) => ({ kind: 'set', value: random.between(-5, 20) }),
    effect: (before, wanted) =>
      wanted.kind === 'set' ? Math.max(Number(before), Number(wanted.value)) : undefined,
  })
})

test('the story: what both changed at the same time is all there', async () => {
  vi.spyOn(console, 'log').mockReturnValue(undefined)
  const said: string[] = []
  const notes = await tellStory((line) => said.push(line))
  const expected = {
    votes: 3,
    tags: ['idea', 'new', 'urgent'],
    labels: { size: 'large', colour: 'red' },
    bid: 70,
    body: 'To do: Buy good milk and bread.',
  }
  expect(notes).toMatchObject([expected, expected])
  expect(said).toEqual([
    'Offline, Ada and Ben both change the same note.',
    'Ada and Ben see 3 votes, the tags idea, new, urgent, the largest bid 70,',
    'and the text: "Buy good milk and bread."',
  ])
})
