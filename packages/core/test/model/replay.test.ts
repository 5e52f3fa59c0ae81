import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from '../../src/model/decide.ts'
import type { BaseRow, ServerRow } from '../../src/model/record.ts'
import { replay } from '../../src/model/replay.ts'
import type { DeletePolicy } from '../../src/model/schema.ts'
import type { ConflictStrategy } from '../../src/model/strategy.ts'
import { history, loneHistory } from './history-arbitrary.ts'
import { candidate, create, deepFreeze, judge, place, remove, run, todos, update, visible } from './todo.ts'

const data = { id: 'r1', title: 'a', done: false, votes: 0 }

const base = (version: number, deleted = false): BaseRow => ({
  version,
  seq: version,
  deleted,
  data,
  updatedAt: 0,
  updatedBy: 'u',
})

const toBase = (row: ServerRow): BaseRow => ({ ...base(row.version, row.deleted), data: row.data })

test('[MD27] operations lie on the base in the order made', () => {
  const changes = [update('ann', 1, { title: 'b', votes: 1 }), run('ann', 1, 'rename', { title: 'c' })].map(
    candidate,
  )
  expect(replay(todos(), base(1), changes)).toEqual({ ...data, title: 'c', votes: 1 })
  expect(replay(todos(), base(1), [])).toEqual(data)
  expect(replay(todos(), base(1, true), [])).toBeUndefined()
  expect(replay(todos(), undefined, [candidate(create('ann', { title: 'z' }))])).toEqual({
    ...data,
    title: 'z',
  })
  expect(replay(todos(), base(1), [candidate(remove('ann', 1))])).toBeUndefined()
})

test('[P08][MD27] a lone writer sees what the server will have', () => {
  fc.assert(
    fc.property(loneHistory, fc.nat({ max: 14 }), (steps, at) => {
      const { row } = judge(todos(), steps.slice(0, at))
      const rest = steps.slice(at)
      // What is queued was made on what the author saw last.
      const queued = rest.map((step) => ({ ...step, base: row?.version ?? 0 }))
      const shown = replay(todos(), row === undefined ? undefined : toBase(row), queued.map(candidate))
      expect(shown).toEqual(visible(judge(todos(), queued, row).row))
    }),
    { numRuns: 500 },
  )
})

const mine: ConflictStrategy = { name: 'mine', resolve: () => ({ take: 'local' }) }

test.each<DeletePolicy>(['editWins', 'deleteWins'])(
  '[MD27][MD29] %s: where the device wins, it sees what the server makes of its operation',
  (deletes) => {
    const definition = todos(mine, deletes)
    fc.assert(
      fc.property(history, fc.nat({ max: 9 }), (steps, lag) => {
        const { row } = judge(definition, steps.slice(0, -1))
        const last = steps.at(-1)
        if (last === undefined || row === undefined) return
        // A device never edits what it deleted itself, and shows its own deletion until the server disagrees.
        if (row.fieldVersions['$deleted']?.clientId === 'dan' || last.type === 'delete') return
        const change = candidate({ ...last, by: 'dan', base: Math.max(0, row.version - lag) })
        const decision = decide(definition, row, change, place(99))
        if (row.deleted && decision.kind === 'refuse') return
        const after = decision.kind === 'write' ? decision.row : row
        expect(replay(definition, toBase(row), [change])).toEqual(visible(after))
      }),
      { numRuns: 500 },
    )
  },
)

test.each(['explode', 'steal', 'archive'])(
  '[MD28] an operation that can not be replayed (%s) is skipped',
  (type) => {
    const changes = [run('ann', 1, type), update('ann', 1, { title: 'b' })].map(candidate)
    expect(replay(todos(), base(1), changes)).toEqual({ ...data, title: 'b' })
    expect(replay(todos(), undefined, changes)).toBeUndefined()
  },
)

test('[MD28] a payload that does not fit is skipped', () => {
  const changes = [update('ann', 1, { urgent: true }), update('ann', 1, { votes: 101 })].map(candidate)
  expect(replay(todos(), base(1), [...changes, { ...candidate(run('ann', 1, 'x')), payload: '{' }])).toEqual(
    data,
  )
})

test.each<[DeletePolicy, unknown]>([
  ['editWins', { ...data, title: 'b' }],
  ['ask', { ...data, title: 'b' }],
  ['deleteWins', undefined],
])('[MD29] %s: an edit on a record that was deleted unseen', (deletes, shown) => {
  const change = candidate(update('ann', 1, { title: 'b' }))
  expect(replay(todos(undefined, deletes), base(2, true), [change])).toEqual(shown)
  expect(replay(todos(undefined, deletes), base(1, true), [change])).toBeUndefined()
})

test('[MD29] several edits on a record that was deleted unseen all show', () => {
  const changes = [update('ann', 1, { title: 'b' }), update('ann', 1, { votes: 1 })].map(candidate)
  expect(replay(todos(), base(2, true), changes)).toEqual({ ...data, title: 'b', votes: 1 })
})

test("[MD29] a later deletion of one's own stays", () => {
  const changes = [update('ann', 1, { title: 'b' }), remove('ann', 1)].map(candidate)
  expect(replay(todos(), base(2, true), changes)).toBeUndefined()
})

test('[MD26] replaying is pure', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const [start, changes] = [deepFreeze(base(3)), deepFreeze(steps.map(candidate))]
      expect(replay(todos(), start, changes)).toEqual(
        replay(todos(), structuredClone(start), structuredClone(changes)),
      )
    }),
  )
})
