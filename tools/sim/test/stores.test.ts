import { expect, test } from 'vitest'
import { runBatch } from '../run-batch.ts'
import { runReplay } from '../replay.ts'

const seeds = Array.from({ length: 25 }, (_, index) => index + 1)

test('worlds over SQLite on the devices break no promise', { timeout: 120_000 }, async () => {
  const { failures, counters } = await runBatch({ seeds, stores: 'sqlite' })
  expect(failures.map(({ replay, promise, message }) => `${replay.seed} ${promise}: ${message}`)).toEqual([])
  // Crashes of single steps are of the wrapper around the adapter: they happen here too.
  expect(counters['crash at commit:before']).toBeGreaterThan(0)
  expect(counters['crash at commit:after']).toBeGreaterThan(0)
  expect(counters['STORAGE_CONFLICT between tabs']).toBeGreaterThan(0)
})

test('a seed does over SQLite what it does in memory', { timeout: 120_000 }, async () => {
  for (const seed of seeds.slice(0, 5)) {
    const [memory, sqlite] = [await runReplay({ seed }), await runReplay({ seed, stores: 'sqlite' })]
    expect(sqlite.hash).toBe(memory.hash)
  }
})

test('a bug is found over SQLite too', { timeout: 120_000 }, async () => {
  const { violation } = await runReplay({
    seed: 1,
    stores: 'sqlite',
    bug: 'a change and its operation are stored one after the other',
  })
  expect(violation?.promise).toBe('atomic')
})
