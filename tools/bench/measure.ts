import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Measure {
  readonly name: string
  /** Of a rate more is better, of `ms` less. */
  readonly unit: string
  readonly value: number
  /** The same bytes by the barest means on this machine. */
  readonly floor: number
  readonly note: string
}

/** How often `count` things happen per second while `run` runs once. */
export const rate = async (count: number, run: () => void | Promise<void>): Promise<number> => {
  const start = performance.now()
  await run()
  return (count / (performance.now() - start)) * 1_000
}

/** How many times as long as the floor it takes. */
export const timesTheFloor = ({ unit, value, floor }: Measure): number =>
  unit === 'ms' ? value / floor : floor / value

const rounds = 3

/** The median of some rounds, each in an empty folder of its own. */
export const withFolder = (measure: (folder: string) => Promise<number>): Promise<number> =>
  medianOf(rounds, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
    try {
      return await measure(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

export const medianOf = async (times: number, measure: () => Promise<number>): Promise<number> => {
  const values: number[] = []
  for (let round = 0; round < times; round += 1) values.push(await measure())
  return values.toSorted((left, right) => left - right)[Math.floor(times / 2)] ?? 0
}
