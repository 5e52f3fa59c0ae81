import { describe, expect, test } from 'vitest'
import { plantedBugs } from '../planted/bugs.ts'
import { catchBug } from '../planted/catch-bug.ts'
import { restless } from '../planted/scope-bugs.ts'
import { regressions } from '../regressions.ts'
import { runBatch } from '../run-batch.ts'
import { runWorld } from '../world/run-world.ts'

const seedsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index)

const told = ({ seed, promise, message }: { seed: number; promise: string; message: string }): string =>
  `${seed} ${promise}: ${message}`

test('no seed breaks a promise', { timeout: 120_000 }, async () => {
  const { failures, events } = await runBatch(seedsFrom(1, 60))
  expect(failures.map(told)).toEqual([])
  expect(events.least).toBeGreaterThanOrEqual(200)
})

test('scopes that come and go break no promise', { timeout: 120_000 }, async () => {
  for (const seed of seedsFrom(1, 20)) {
    const { violation } = await runWorld(seed, undefined, restless)
    expect(violation).toBeUndefined()
  }
})

test('no seed fails that once failed', { timeout: 120_000 }, async () => {
  const { failures } = await runBatch(regressions)
  expect(failures.map(told)).toEqual([])
})

test('the same seed does the same, another one something else', { timeout: 60_000 }, async () => {
  const [first, again, other] = [await runWorld(7), await runWorld(7), await runWorld(8)]
  expect(again).toEqual(first)
  expect(other.hash).not.toBe(first.hash)
})

/** The number of seeds after which a planted bug must have shown. */
const patience = 100

describe('a planted bug is caught, on seeds that pass without it', () => {
  test.each(plantedBugs)('$name', { timeout: 120_000 }, async (bug) => {
    const { seeds, innocent } = await catchBug(bug, 1, patience)
    expect(innocent).toEqual([])
    expect(seeds).toBeDefined()
  })
})
