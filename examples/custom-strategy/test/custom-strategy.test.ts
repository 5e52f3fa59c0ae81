import { strategyConformance } from '@holdfast/core/testing'
import { expect, describe, test } from 'vitest'
import { tellStory } from '../src/story.ts'
import { unionOfTags } from '../src/union-of-tags.ts'

describe('unionOfTags keeps the contract of strategies', () => {
  const tags = [[], ['a'], ['b', 'a'], ['c'], ['a', 'a']]
  strategyConformance({ test, strategy: unionOfTags, symmetric: true, samples: { tags } })
})

test('the story: tags of both devices stay, and the title is asked about', async () => {
  const said: string[] = []
  const { photos, asked } = await tellStory((line) => said.push(line))
  expect(photos.map((photo) => photo?.tags)).toEqual([
    ['evening', 'sea', 'wood'],
    ['evening', 'sea', 'wood'],
  ])
  expect(asked).toMatchObject([
    { fields: ['title'], mine: { title: 'Pier at dusk' }, theirs: { title: 'Old pier' } },
  ])
  expect(said).toHaveLength(4)
})
