import { expect, test } from 'vitest'
import { systemEnvironment, type Environment } from '@holdfast/core'
import { storageConformance, type StoragePlace } from '@holdfast/core/testing'
import { hearsItself, isDeaf } from './broken/announcers.ts'
import { diskPlace } from './broken/disk.ts'
import { ignoresExpect } from './broken/ignores-expect.ts'
import { readsPiecewise } from './broken/reads-piecewise.ts'
import { resolvesEarly } from './broken/resolves-early.ts'
import { ignoresReverse, takesZeroForAll } from './broken/scanners.ts'
import { tornCommit } from './broken/torn-commit.ts'
import { failsAfter, writesInItsTurn } from './broken/writes-in-its-turn.ts'

/** What is awaited in vain is awaited for less time. */
const hurried: Environment = {
  ...systemEnvironment,
  timers: { after: (ms, run) => systemEnvironment.timers.after(ms / 10, run) },
}

const failingRules = async (adapter: () => Promise<StoragePlace>): Promise<readonly string[]> => {
  const runs: Promise<string | undefined>[] = []
  const test = (name: string, run: () => Promise<void>): void => {
    const rule = /^\[(ST\d+)\]/.exec(name)?.[1]
    runs.push(
      run().then(
        () => undefined,
        () => rule,
      ),
    )
  }
  storageConformance({ test, adapter, environment: hurried })
  const results = await Promise.all(runs)
  return results.filter((rule) => rule !== undefined)
}

test('memory that outlives its processes obeys every rule', async () => {
  expect(await failingRules(diskPlace((database) => database))).toEqual([])
})

test('[ST7] reads that are answered from memory leave commits that wait for a file their turn: the kit ends', async () => {
  // The rules of crashes are not for this one: what it has begun goes on in the process that ended.
  const ofCrashes = (rule: string): boolean => Number(rule.slice(2)) >= 50
  const failing = await failingRules(diskPlace(writesInItsTurn))
  expect(failing.filter((rule) => !ofCrashes(rule))).toEqual([])
})

test(
  '[ST7] an adapter whose commits begin to fail fails the rule: the kit ends',
  { timeout: 20_000 },
  async () => {
    expect(await failingRules(diskPlace(failsAfter(20)))).toContain('ST7')
  },
)

const broken = [
  {
    name: 'ignores expect',
    adapter: diskPlace(ignoresExpect),
    fails: 'ST20 ST22 ST23 ST24 ST25 ST26 ST27 ST29 ST32 ST35 ST37 ST47 ST49 ST53',
  },
  { name: 'tears commits', adapter: diskPlace(tornCommit), fails: 'ST18 ST20 ST25 ST26 ST27 ST51' },
  { name: 'resolves before the disk has it', adapter: resolvesEarly, fails: 'ST50 ST53 ST54' },
  { name: 'reads request by request', adapter: diskPlace(readsPiecewise), fails: 'ST7' },
  { name: 'hears its own commits', adapter: diskPlace(hearsItself), fails: 'ST44 ST49' },
  { name: 'hears nothing', adapter: diskPlace(isDeaf), fails: 'ST43 ST44 ST45 ST46 ST47 ST48 ST49' },
  { name: 'ignores reverse', adapter: diskPlace(ignoresReverse), fails: 'ST11 ST12 ST13 ST14' },
  { name: 'takes limit 0 for none', adapter: diskPlace(takesZeroForAll), fails: 'ST12 ST13' },
]

for (const { name, adapter, fails } of broken) {
  test(`an adapter that ${name} fails the kit`, { timeout: 20_000 }, async () => {
    expect((await failingRules(adapter)).join(' ')).toBe(fails)
  })
}
