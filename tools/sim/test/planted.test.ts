import { describe, expect, test } from 'vitest'
import { plantedBugs } from '../planted/bugs.ts'
import { catchBug, soundness } from '../planted/catch-bug.ts'

/** The number of seeds after which a planted bug must have shown. */
const patience = 100

test('each planted bug has a name of its own', () => {
  expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length)
})

describe('a planted bug is caught, on seeds that pass without it', () => {
  const isSound = soundness()

  test.each(plantedBugs)('$name', { timeout: 120_000 }, async (bug) => {
    const { seeds, innocent } = await catchBug(bug, { first: 1, most: patience, isSound })
    expect(innocent).toEqual([])
    expect(seeds).toBeDefined()
  })
})
