import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from '../../src/model/decide.ts'
import { isOverlapped, unseenFields } from '../../src/model/overlap.ts'
import type { ServerRow } from '../../src/model/record.ts'
import { fieldMerge } from '../../src/model/strategies/field-merge.ts'
import { lastWriteWins } from '../../src/model/strategies/last-write-wins.ts'
import { clients, history } from './history-arbitrary.ts'
import { candidate, place, todos } from './todo.ts'

/** The naive truth: who changed what at which version, never forgotten. Shares no code with the rule. */
interface Past {
  readonly version: number
  readonly clientId: string
  readonly fields: readonly string[]
}

test('[MD1] what others changed after the history that the author saw is unseen, whatever the version says', () => {
  const title = { version: 2, clientId: 'b', userId: 'u', otherVersion: 1, timestamp: 2, seq: 2 }
  const row: ServerRow = {
    collection: 'todos',
    id: 'r',
    version: 2,
    seq: 2,
    bornSeq: 1,
    deleted: false,
    data: { id: 'r', title: 'two' },
    fieldVersions: { title },
    updatedAt: 2,
    updatedBy: 'u',
  }
  const isSeen = (clientId: string, history?: number): boolean =>
    !isOverlapped(row, 'title', { clientId, baseVersion: 9, history })
  expect([isSeen('a'), isSeen('a', 2), isSeen('a', 1)]).toEqual([true, true, false])
  expect([isSeen('b', 1), isSeen('b', 0)]).toEqual([true, true])
})

const names = ['id', 'title', 'note', 'done', 'votes', '$deleted']

const contentOf = (row: ServerRow | undefined, field: string): string => {
  if (field === '$deleted') return String(row?.deleted ?? false)
  return row === undefined || !(field in row.data) ? 'absent' : JSON.stringify(row.data[field])
}

const wasChangedByOther = (past: readonly Past[], field: string, clientId: string, after: number): boolean =>
  past.some((one) => one.version > after && one.clientId !== clientId && one.fields.includes(field))

test.each([
  ['lastWriteWins', todos(lastWriteWins())],
  ['fieldMerge', todos(fieldMerge(), 'deleteWins')],
])('[MD1][MD2][MD3] %s: the O(fields) rule says what the full history says', (_, definition) => {
  fc.assert(
    fc.property(history, (steps) => {
      let row: ServerRow | undefined
      const past: Past[] = []
      steps.forEach((step, index) => {
        const before = row
        const decision = decide(definition, before, candidate(step), place(index + 1))
        if (decision.kind !== 'write') return
        const after = decision.row
        row = after
        // What is made anew has nothing of what was deleted, though it may be the same.
        const isAnew = step.type === 'create' && before?.deleted === true
        const fields = names.filter(
          (field) =>
            contentOf(before, field) !== contentOf(after, field) ||
            (isAnew && Object.hasOwn(after.data, field)),
        )
        past.push({ version: after.version, clientId: step.by, fields })

        for (const clientId of clients) {
          for (let baseVersion = 0; baseVersion <= after.version; baseVersion += 1) {
            const author = { clientId, baseVersion }
            const truth = names.filter((field) => wasChangedByOther(past, field, clientId, baseVersion))
            expect(names.filter((field) => isOverlapped(after, field, author))).toEqual(truth)
            expect(unseenFields(after, author)).toEqual(truth.toSorted())
          }
        }
      })
    }),
    { numRuns: 500 },
  )
})
