import { expect, test } from 'vitest'
import { runCut } from '../drain/run-cut.ts'

test(
  '[EN39] [P03] a drain that is cut by killing device, server and network in turn sends nothing again that was decided',
  { timeout: 180_000 },
  async () => {
    const { calm, cut } = await runCut(1_500, 3, 'test')
    expect(calm).toMatchObject({ sentAgain: 0, answered: 1_500, left: 0 })
    expect(cut).toMatchObject({ sentAgain: 0, answered: 1_500, left: 0 })
    expect(cut.cuts).toEqual({ device: 1, server: 1, network: 1 })
  },
)
