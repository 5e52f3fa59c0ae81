import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Measure {
  readonly name: string
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

const rounds = 3

/** The median of some rounds, each in an empty folder of its own. */
export const withFolder = async (measure: (folder: string) => Promise<number>): Promise<number> => {
  const values: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
    try {
      values.push(await measure(folder))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  return values.toSorted((left, right) => left - right)[Math.floor(rounds / 2)] ?? 0
}
