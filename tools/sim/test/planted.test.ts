import { describe, expect, test } from 'vitest'
import { plantedBugs } from '../planted/bugs.ts'
import { catchBug } from '../planted/catch-bug.ts'

/** The number of seeds after which a planted bug must have shown. */
const patience = 100

test('each planted bug has a name of its own', () => {
  expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length)
})

describe('a planted bug is caught, on seeds that pass without it', () => {
  test.each(plantedBugs)('$name', { timeout: 120_000 }, async (bug) => {
    const { seeds, innocent } = await catchBug(bug, 1, patience)
    expect(innocent).toEqual([])
    expect(seeds).toBeDefined()
  })
})
