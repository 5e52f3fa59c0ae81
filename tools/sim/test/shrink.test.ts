import { expect, test } from 'vitest'
import { runTool } from '../../prove/run-tool.ts'
import { plantedBug } from '../planted/bugs.ts'
import { catchBug } from '../planted/catch-bug.ts'
import { commandOf, readReplay, runReplay, type Replay } from '../replay.ts'
import { fewest } from '../shrink/delta.ts'
import { shrink } from '../shrink/shrink.ts'

const never = (): boolean => false

test('of a list, only what is needed is left', async () => {
  const all = Array.from({ length: 60 }, (_, index) => index)
  const needed = [7, 8, 41]
  let runs = 0
  const shows = async (items: readonly number[]): Promise<boolean> => {
    runs += 1
    return needed.every((item) => items.includes(item))
  }
  expect(await fewest(all, shows, never)).toEqual(needed)
  expect(runs).toBeLessThan(100)
  expect(await fewest(all, async () => true, never)).toEqual([])
  expect(await fewest(all, async () => false, never)).toEqual(all)
})

/** The first seed from there on that shows the bug. */
const failing = async (name: string, first: number): Promise<Replay> => {
  const bug = plantedBug(name)
  // How they are without it is for planted.test.ts to say.
  const { seeds } = await catchBug(bug, { first, most: 100, isSound: async () => true })
  if (seeds === undefined) throw new Error(`${name} does not show.`)
  return { seed: first + seeds - 1, bug: name, params: bug.changes }
}

test.each([
  ['a transaction is stored in two commits', 3],
  ['the server forgets who changed which field', 5],
  ['a row is lost on its way into the records', 5],
])(
  'a world in which %s is shrunk so that it shows it again, one of the first three to at most %i actions',
  { timeout: 120_000 },
  async (name, most) => {
    const lengths: number[] = []
    for (let first = 1; lengths.length < 3 && !lengths.some((length) => length <= most);) {
      const replay = await failing(name, first)
      first = replay.seed + 1
      const before = await runReplay(replay)
      const shrunk = await shrink(replay, { mostRuns: 80 })
      if (shrunk === undefined) throw new Error('Nothing breaks.')
      expect(shrunk.runs).toBeLessThanOrEqual(80)
      expect(shrunk.events.after).toBeLessThan(before.events)
      // By its text alone, as a person would run it.
      const again = await runReplay(readReplay(JSON.stringify(shrunk.replay)))
      expect(again.violation).toEqual(shrunk.outcome.violation)
      expect(again.violation?.promise).toBe(before.violation?.promise)
      expect(again.hash).toBe(shrunk.outcome.hash)
      lengths.push(shrunk.replay.only?.length ?? Number.POSITIVE_INFINITY)
    }
    expect(Math.min(...lengths)).toBeLessThanOrEqual(most)
  },
)

test('a world in which nothing breaks is not shrunk', async () => {
  expect(await shrink({ seed: 1 })).toBeUndefined()
})

test('the command that is printed shows the failure again', { timeout: 120_000 }, async () => {
  const replay: Replay = { seed: 1, bug: 'a dead letter is lost', only: [] }
  expect(commandOf(replay)).toBe(`pnpm sim --replay '${JSON.stringify(replay)}'`)
  const failed = await runTool(
    'sim',
    '--bug',
    'an operation counts as applied when it is sent',
    '--seed',
    '1',
  )
  expect(failed.code).toBe(1)
  expect(failed.output).toContain('seed 1 breaks the promise "conserved"')
  const printed = /the smallest world of seed 1 .*^to see it again: pnpm sim --replay '(.+)'$/ms.exec(
    failed.output,
  )
  const again = await runTool('sim', '--replay', printed?.[1] ?? '')
  expect(again.code).toBe(1)
  expect(again.output).toContain('breaks the promise "conserved"')
})
