import { unicodeText } from '../../packages/plugins/src/ot/text.ts'
import type { Portable } from '@holdfast/core'
import { expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { runHistories, type HistoriesOptions } from './histories.ts'

/** The proof asks for more. */
const histories = Number(process.env['OT_HISTORIES'] ?? 40)

const expectSame: HistoriesOptions['expectSame'] = (where, shown, plain) =>
  expect({ where, shown }).toEqual({ where, shown: plain })

test.each(databaseNames)(
  '[OT02] %s: random histories of two devices come to what a plain run comes to, at each sync',
  async (database) => {
    const { operations, concurrent, comparisons } = await runHistories({
      database,
      histories,
      devices: 2,
      expectSame,
    })
    expect(comparisons).toBeGreaterThanOrEqual(histories * 4)
    expect(concurrent).toBeGreaterThan(operations / 10)
    figure(
      `${database}: ${histories} histories, ${operations} operations, ${concurrent} of them transformed, ` +
        `${comparisons} comparisons, no difference`,
    )
  },
  600_000,
)

test('[OT02] a type that is wrong about who comes first is noticed', async () => {
  const type = {
    ...unicodeText,
    transform: (operation: Portable, other: Portable) => unicodeText.transform(operation, other, 'left'),
  }
  const run = runHistories({ database: 'SQLite', histories: 40, devices: 2, type, expectSame })
  await expect(run).rejects.toThrow(/to deeply equal/)
})
