import { describe, expect, test } from 'vitest'
import { decodePortable, encodePortable } from '../../src/base/codec.ts'
import { decide } from '../../src/model/decide.ts'
import { encodePut, isCreation, unwritten } from '../../src/model/put.ts'
import type { BaseRow, RecordData } from '../../src/model/record.ts'
import { replay } from '../../src/model/replay.ts'
import { fieldMerge } from '../../src/model/strategies/field-merge.ts'
import { lastWriteWins } from '../../src/model/strategies/last-write-wins.ts'
import { candidate, create, judge, place, remove, todos, update, type Step } from './todo.ts'

const strategy = fieldMerge({ onOverlap: 'ask', fields: { votes: lastWriteWins() } })
const start = create('ann', { title: 'a', note: 'x', votes: 1 })

/** What an edit of the title that removes the note looks like, by an author who has seen version 1. */
const whole: Step = {
  by: 'bob',
  type: 'create',
  payload: decodePortable(
    encodePut(
      { id: 'r1', title: 'b', done: false, votes: 1 },
      { id: unwritten, done: unwritten, votes: unwritten },
    ),
  ),
  base: 1,
  at: 1000,
}

describe('[MD41] a creation that says of fields that its author did not write them', () => {
  test('leaves these as they are, whatever the strategy, and removes what it leaves out', () => {
    const others = update('ann', 1, { done: true, votes: 7 }, 10)
    const { row } = judge(todos(strategy), [start, others, whole])
    expect(row?.data).toEqual({ id: 'r1', title: 'b', done: true, votes: 7 })
  })

  test('is disputed where it changes what others changed', () => {
    const others = update('ann', 1, { note: 'y', done: true })
    expect(judge(todos(strategy), [start, others, whole]).decisions.at(-1)).toMatchObject({
      verdict: { kind: 'conflict', fields: ['note'] },
    })
  })

  test.each([
    ['editWins', { kind: 'write', row: { deleted: false, data: { title: 'b', votes: 7 } } }],
    ['deleteWins', { kind: 'write', row: { deleted: true }, verdict: { lost: ['note', 'title'] } }],
    ['ask', { kind: 'refuse', verdict: { kind: 'conflict', fields: ['$deleted'] } }],
  ] as const)('%s: meets a deletion as any edit', (deletes, expected) => {
    const steps = [start, update('ann', 1, { votes: 7 }), remove('ann', 2), whole]
    expect(judge(todos(strategy, deletes), steps).decisions.at(-1)).toMatchObject(expected)
  })

  test('makes no record where there is none', () => {
    expect(decide(todos(strategy), undefined, candidate(whole), place(1))).toMatchObject({
      verdict: { kind: 'rejected', code: 'DEPENDENCY' },
    })
  })

  test('leaves alone what only a newer schema knows', () => {
    const { row } = judge(todos(strategy), [start])
    const newer = row && { ...row, data: { ...row.data, later: 1 } }
    expect(decide(todos(strategy), newer, candidate(whole), place(2))).toMatchObject({
      row: { data: { title: 'b', later: 1 } },
    })
  })

  test('is shown so', () => {
    const data: RecordData = { id: 'r1', title: 'a', note: 'x', done: true, votes: 7 }
    const head = { version: 2, seq: 2, updatedAt: 0, updatedBy: 'ann' }
    const base: BaseRow = { ...head, deleted: false, data }
    const change = candidate(whole)
    const shown = { id: 'r1', title: 'b', done: true, votes: 7 }
    expect(replay(todos(strategy), base, [change])).toEqual(shown)
    expect(replay(todos(strategy), { ...base, deleted: true }, [change])).toEqual(shown)
    expect(replay(todos(strategy, 'deleteWins'), { ...base, deleted: true }, [change])).toBeUndefined()
  })

  test('is none; other ages make it none the less', () => {
    const isMade = (ages: Readonly<Record<string, number>>): boolean =>
      isCreation({ type: 'create', payload: encodePut({ id: 'r1' }, ages) })
    expect([isMade({}), isMade({ title: 5 }), isMade({ title: unwritten })]).toEqual([true, true, false])
    expect(isCreation({ type: 'update', payload: encodePortable({}) })).toBe(false)
  })
})
