import { expect, test } from 'vitest'
import { figure } from '../harness/figure.ts'
import { runTexts } from '../texts/run-texts.ts'

test('[P06] four devices that write into the same texts apart have the same text in the end, that of plain Yjs', async () => {
  const result = await runTexts({ seed: 'texts', devices: 4, edits: 250, notes: 3 })
  figure(JSON.stringify(result))
  expect(result.differences).toEqual([])
  expect(result.lost).toBeGreaterThan(0)
  expect(result.syncs).toBeGreaterThan(4)
})
