import { expect, test } from 'vitest'
import { runTool } from '../../prove/run-tool.ts'
import { readReport } from '../../prove/sim-report.ts'
import { restless } from '../planted/scope-bugs.ts'
import { regressions } from '../regressions.ts'
import { runWorld } from '../world/run-world.ts'

/** Fresh ones: each commit looks at other seeds. Whether all happened that may is for `pnpm prove sim` to say. */
const freshSeeds = 1_000

test('fresh seeds and all that ever failed break no promise', { timeout: 900_000 }, async () => {
  const { output } = await runTool('sim', '--seeds', String(freshSeeds))
  const { ran, failures, events } = readReport(output)
  if (failures !== 0) throw new Error(output)
  expect(ran).toBe(freshSeeds + regressions.length)
  expect(events).toBeGreaterThanOrEqual(200)
})

test('scopes that come and go break no promise', { timeout: 120_000 }, async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { violation } = await runWorld(seed, undefined, restless)
    expect(violation).toBeUndefined()
  }
})

test('the same seed does the same, another one something else', { timeout: 60_000 }, async () => {
  const [first, again, other] = [await runWorld(7), await runWorld(7), await runWorld(8)]
  expect(again).toEqual(first)
  expect(other.hash).not.toBe(first.hash)
})
