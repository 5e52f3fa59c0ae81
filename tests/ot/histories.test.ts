import { expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { runHistories } from './histories.ts'

/** The proof asks for more. */
const histories = Number(process.env['OT_HISTORIES'] ?? 40)

test.each(databaseNames)(
  '[OT02] %s: random histories of two devices come to what a plain run comes to, at each sync',
  async (database) => {
    const { operations, comparisons } = await runHistories({
      database,
      histories,
      devices: 2,
      expectSame: (where, shown, plain) => expect({ where, shown }).toEqual({ where, shown: plain }),
    })
    expect(comparisons).toBeGreaterThanOrEqual(histories * 4)
    figure(`${database}: ${histories} histories, ${operations} operations, ${comparisons} comparisons`)
  },
  600_000,
)
