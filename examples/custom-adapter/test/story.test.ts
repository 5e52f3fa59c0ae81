import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tellStory } from '../src/story.ts'
import { temporaryFolder } from './support/place.ts'

test('the story: a client lives on the adapter, over a restart, and delivers', async () => {
  using folder = temporaryFolder()
  const said: string[] = []
  expect(await tellStory(folder.path, (line) => said.push(line))).toEqual({
    kept: { readings: 3, waiting: 3 },
    delivered: [17, 18, 21],
  })
  expect(said).toHaveLength(3)
  // One file for each user, and no lock left.
  expect(readdirSync(folder.path).filter((file) => file.endsWith('.log'))).toHaveLength(2)
  expect(readdirSync(folder.path)).toHaveLength(2)
})
