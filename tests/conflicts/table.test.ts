import { describe, expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { printTable } from './print-table.ts'
import { runTable, type Cell } from './run-table.ts'
import { situations } from './situations.ts'
import { subjects } from './subjects.ts'

/** True where a person is asked: then the device that asks shows its own value until that is answered. */
const isOpen = ({ asked }: Cell): boolean => Object.keys(asked).length > 0

describe.each(databaseNames)('%s', (database) => {
  test('every strategy and field type in every situation: nothing is lost without a word, and the table in the docs is right', async () => {
    const cells = await runTable(database)
    expect(cells).toHaveLength(subjects.length * situations.length)
    const settled = cells.filter((cell) => !isOpen(cell))
    // P6: all devices show the same once nobody is asked.
    const diverging = settled.filter(
      ({ shown }) =>
        JSON.stringify(shown.A) !== JSON.stringify(shown.B) ||
        JSON.stringify(shown.A) !== JSON.stringify(shown.C),
    )
    expect(diverging.map(({ id }) => id)).toEqual([])
    // P5: every operation has a fate, and none is still under way.
    const open = cells.flatMap(({ id, fates }) =>
      [...fates.A, ...fates.B, ...fates.C]
        .filter(({ kind }) => kind === 'pending' || kind === 'sent')
        .map(() => id),
    )
    expect(open).toEqual([])
    const made = cells.map(({ situation, subject, fates }) => [
      situation.steps(subject).length,
      fates.A.length + fates.B.length + fates.C.length,
    ])
    expect(made.filter(([steps, fates]) => steps !== fates)).toEqual([])
    await expect(`${printTable(cells)}\n`).toMatchFileSnapshot('../../docs/conflicts-table.md')
    figure(`${database}: ${cells.length} cells, ${cells.filter(isOpen).length} of them ask a person`)
  })
})
