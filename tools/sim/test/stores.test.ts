import { systemEnvironment } from '@holdfast/core'
import { expect, test } from 'vitest'
import { runBatch } from '../run-batch.ts'
import { runReplay } from '../replay.ts'
import { sqlitePlace } from '../stores/sqlite-place.ts'
import { sqliteServer } from '../stores/sqlite-server.ts'
import { runWorld } from '../world/run-world.ts'

const seeds = Array.from({ length: 60 }, (_, index) => index + 1)

test('worlds over SQLite, on devices and servers, break no promise', { timeout: 120_000 }, async () => {
  const { failures, counters } = await runBatch({ seeds, stores: 'sqlite' })
  expect(failures.map(({ replay, promise, message }) => `${replay.seed} ${promise}: ${message}`)).toEqual([])
  // Crashes of single steps are of the wrappers around adapter and store: they happen here too.
  const happened = [
    'crash at commit:before',
    'crash at commit:after',
    'STORAGE_CONFLICT between tabs',
    'server crash at before-commit',
    'server crash at after-commit',
  ] as const
  expect(happened.filter((name) => (counters[name] ?? 0) === 0)).toEqual([])
})

test('what a seed does does not depend on where devices keep their data', { timeout: 120_000 }, async () => {
  for (const seed of seeds.slice(0, 5)) {
    const memory = await runWorld(seed)
    const sqlite = await runWorld(seed, undefined, {}, { openPlace: sqlitePlace })
    expect(sqlite.hash).toBe(memory.hash)
  }
})

test('a server on SQLite that dies before its commit leaves nothing, after it all', async () => {
  for (const [at, head] of [
    ['locked', 0],
    ['before-commit', 0],
    ['after-commit', 1],
  ] as const) {
    const openStore = sqliteServer()
    const environment = systemEnvironment
    const dying = openStore({
      environment,
      onStep: (step) => {
        if (step === at) throw new Error('killed')
      },
    })
    const save = dying.write('team-1', (tx) =>
      tx.save({ rows: [], operations: [], resends: [], head: { head: 1, nonce: 'n' } }),
    )
    await expect(save).rejects.toThrow('killed')
    await expect(dying.read('team-1', async () => 0)).rejects.toThrow('killed')
    const next = openStore({ environment, onStep: () => undefined })
    expect(await next.read('team-1', async ({ state }) => state.head)).toBe(head)
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
