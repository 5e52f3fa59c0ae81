import { expect, test } from 'vitest'
import { runBank, totalOf } from '../bank/run-bank.ts'
import { figure } from '../harness/figure.ts'

const accounts = 1_000
const page = 50
const kills = 7

// Into IndexedDB: `pnpm prove snapshot`, since it starts browsers by the dozen.
test.each(['sqlite'] as const)(
  `[P06] [P07] [P10] ${accounts} accounts are synced into %s by a device that is killed ${kills} times, while money moves`,
  { timeout: 400_000 },
  async (storage) => {
    const result = await runBank({ storage, accounts, page, kills, seed: 1 })
    const { stage, flip, fold, other } = result.kills
    figure(
      `${storage}: killed ${stage} times while staging, ${flip} at the flip, ${fold} while folding, ${other} before or after; ` +
        `${result.transfers} transfers meanwhile; ${result.pages} requests, ${result.repeated.length} pages asked for again`,
    )
    expect(stage + flip + fold + other).toBe(kills)
    expect(Math.min(stage, flip, fold)).toBeGreaterThan(0)
    expect(result.repeated).toEqual([])
    expect(result.seen.filter((sight) => sight !== totalOf(0))).toEqual([totalOf(accounts)])
    expect(result.wentBack).toBe(false)
    expect(result.isEqual).toBe(true)
    expect(result.transfers).toBeGreaterThan(0)
  },
)
