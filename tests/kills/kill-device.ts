import { setTimeout as pause } from 'node:timers/promises'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import { checkEnd, type End } from './checks/end.ts'
import { createLedger, type Ledger, type LedgerCounts } from './checks/ledger.ts'
import type { DeviceLife, Work } from './device-life.ts'

export interface KillOptions {
  readonly kills: number
  /** Decides the moments of the kills, and what is written. */
  readonly seed: string
  /** With a fault that has to be noticed. */
  readonly planted?: boolean
  /** The longest that a life works. Default 200 ms. */
  readonly longestMs?: number
}

/** When a life ends: while it opens its database, at any moment of its work, or amid this work. */
export type Moment = 'opening' | 'working' | Work

export interface DeviceKillOptions extends Omit<KillOptions, 'kills'> {
  /** One for each life. */
  readonly moments: readonly Moment[]
}

export interface DeviceKills extends LedgerCounts, End {
  readonly seed: string
  readonly killed: Readonly<Record<Moment, number>>
}

export const usualLongestMs = 200
/** Every so many lives end while the database is being opened, or shortly after. */
const everyOpening = 5
const longestOpeningMs = 60
/** So far into a write, or a run. */
const longestAmidMs = 8

export const usualMoments = (kills: number): readonly Moment[] =>
  Array.from({ length: kills }, (_, index) => ((index + 1) % everyOpening === 0 ? 'opening' : 'working'))

const reach = async (
  life: DeviceLife,
  moment: Moment,
  random: SeededRandom,
  longestMs: number,
): Promise<void> => {
  await life.told(moment === 'opening' ? 'opens' : 'works')
  await pause(random.between(1, moment === 'opening' ? longestOpeningMs : longestMs))
  if (moment === 'opening' || moment === 'working') return
  do {
    // Where the machine is slow, a run goes on for as long as there are writes.
    if (!life.isAmid(moment)) await life.next(moment === 'writing' ? 'begins' : 'syncs')
    await pause(random.between(1, longestAmidMs))
  } while (!life.isAmid(moment))
}

/** A device is started, killed at a random moment, and started again on what it left; at last it may settle. */
export const killDevice = async (
  { moments, seed, longestMs = usualLongestMs }: DeviceKillOptions,
  database: TestDatabase,
  start: (ledger: Ledger, life: number) => DeviceLife | Promise<DeviceLife>,
): Promise<DeviceKills> => {
  const random = createSeededRandom(seed)
  const ledger = createLedger({ device: 'd1', isAlone: true })
  const killed = { opening: 0, working: 0, writing: 0, syncing: 0 }
  for (const [index, moment] of moments.entries()) {
    const device = await start(ledger, index + 1)
    await reach(device, moment, random, longestMs)
    await device.kill()
    killed[moment] += 1
    // What is broken may never settle.
    if (ledger.violations.length > 0)
      return { seed, killed, ...ledger.counts(), applied: 0, violations: ledger.violations }
  }
  await using device = await start(ledger, moments.length + 1)
  await device.told('works')
  await device.settle()
  return { seed, killed, ...(await checkEnd(database, [ledger])), ...ledger.counts() }
}
