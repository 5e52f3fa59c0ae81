import { setTimeout as pause } from 'node:timers/promises'
import { createSeededRandom } from '@holdfast/core/testing'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import { checkEnd, type End } from './checks/end.ts'
import { createLedger, type Ledger, type LedgerCounts } from './checks/ledger.ts'
import type { DeviceLife } from './device-life.ts'

export interface KillOptions {
  readonly kills: number
  /** Decides the moments of the kills, and what is written. */
  readonly seed: string
  /** With a fault that has to be noticed. */
  readonly planted?: boolean
  /** The longest that a life works. Default 200 ms. */
  readonly longestMs?: number
}

export interface DeviceKills extends LedgerCounts, End {
  readonly seed: string
  /** While it opened its database. */
  readonly opening: number
  /** While it wrote and synced. */
  readonly working: number
}

export const usualLongestMs = 200
/** Every so many lives end while the database is being opened, or shortly after. */
const everyOpening = 5
const longestOpeningMs = 60

/** A device is started, killed at a random moment, and started again on what it left; at last it may settle. */
export const killDevice = async (
  { kills, seed, longestMs = usualLongestMs }: KillOptions,
  database: TestDatabase,
  start: (ledger: Ledger, life: number) => DeviceLife | Promise<DeviceLife>,
): Promise<DeviceKills> => {
  const random = createSeededRandom(seed)
  const ledger = createLedger({ device: 'd1', isAlone: true })
  const counts = { opening: 0, working: 0 }
  for (let life = 1; life <= kills; life += 1) {
    const isOpening = life % everyOpening === 0
    const device = await start(ledger, life)
    await device.told(isOpening ? 'opens' : 'works')
    await pause(random.between(1, isOpening ? longestOpeningMs : longestMs))
    await device.kill()
    counts[isOpening ? 'opening' : 'working'] += 1
    // What is broken may never settle.
    if (ledger.violations.length > 0)
      return { seed, ...counts, ...ledger.counts(), applied: 0, violations: ledger.violations }
  }
  await using device = await start(ledger, kills + 1)
  await device.told('works')
  await device.settle()
  return { seed, ...counts, ...(await checkEnd(database, [ledger])), ...ledger.counts() }
}
