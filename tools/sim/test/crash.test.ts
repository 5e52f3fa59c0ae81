import { expect, test } from 'vitest'
import { run } from '../../run.ts'
import { runSeeds } from '../pool.ts'
import { failureText } from '../report.ts'
import { runBatch } from '../run-batch.ts'

/** No server starts with it. */
const impossible = { page: 0 }

test('a world that crashes breaks a promise, and is told by its seed like any other; the next ones run', async () => {
  const { seeds, failures, events } = await runBatch({ seeds: [5, 6], stores: 'memory', params: impossible })
  expect(seeds).toBe(2)
  expect(failures.map(({ replay, promise }) => [replay.seed, promise])).toEqual([
    [5, 'no crash of our own'],
    [6, 'no crash of our own'],
  ])
  expect(failures.map(failureText).join('\n')).toMatch(/seed 5 breaks[^]*limits\.page[^]*seed 6 breaks/)
  // Neither says how much happens in a world that comes to its end.
  expect(events.least).toBe(Number.POSITIVE_INFINITY)
})

test('what is thrown from a timer is that world’s too', { timeout: 180_000 }, async () => {
  const { code, output } = await run(process.execPath, [
    '--conditions=holdfast-source',
    'tests/children/world-that-throws-later.ts',
  ])
  expect(code).toBe(0)
  expect(output).toMatch(/^no crash of our own: Error: thrown from a timer/)
})

test('what ends the run itself names the seed, in a thread and without', { timeout: 180_000 }, async () => {
  // No number: the world runs, and what counts worlds does not.
  const bad = 7n as never
  for (const others of [[], Array.from({ length: 39 }, (_, index) => 50 * index + 1)])
    await expect(runSeeds({ seeds: [bad, ...others], stores: 'memory' }, 2)).rejects.toThrow(
      /seed 7 ended the run: TypeError/,
    )
})
