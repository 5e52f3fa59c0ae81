import { expect, test } from 'vitest'
import type { Settled } from '../../src/model/decision.ts'
import { fieldMerge } from '../../src/model/strategies/field-merge.ts'
import { lastWriteWins, serverWins } from '../../src/model/strategies/last-write-wins.ts'
import type { AnyCollection } from '../../src/model/schema.ts'
import { create, judge, remove, todos, update, type Step } from './todo.ts'

const settledBy = (definition: AnyCollection, steps: readonly Step[]): Settled | undefined => {
  const last = judge(definition, steps).decisions.at(-1)
  return last?.kind === 'write' ? last.settled : undefined
}

const start = create('ann', { title: 'a', done: false, votes: 0 })

test('who wrote the value that the server had is told with what was dropped', () => {
  const steps = [start, update('cyd', 1, { title: 'c' }, 1), update('bob', 1, { title: 'b' }, 2)]
  const field = { field: 'title', local: 'b', remote: 'c', remoteBy: 'user of cyd' }
  expect(settledBy(todos(lastWriteWins()), steps)).toEqual({
    strategy: 'lastWriteWins',
    dropped: [{ ...field, kept: 'local' }],
  })
  expect(settledBy(todos(serverWins()), steps)).toEqual({
    strategy: 'serverWins',
    dropped: [{ ...field, kept: 'remote' }],
  })
})

test('of a deletion, who deleted or who edited', () => {
  const edited = { id: 'r1', title: 'c', done: false, votes: 0 }
  const deletionLast = [start, update('cyd', 1, { title: 'c' }), remove('bob', 1)]
  const editLast = [start, remove('bob', 1), update('cyd', 1, { title: 'c' })]
  expect(settledBy(todos(lastWriteWins(), 'deleteWins'), deletionLast)?.dropped).toEqual([
    { field: '$deleted', local: null, remote: edited, remoteBy: 'user of cyd', kept: 'local' },
  ])
  expect(settledBy(todos(lastWriteWins(), 'editWins'), deletionLast)?.dropped).toEqual([
    { field: '$deleted', local: null, remote: edited, remoteBy: 'user of cyd', kept: 'remote' },
  ])
  expect(settledBy(todos(lastWriteWins(), 'editWins'), editLast)?.dropped).toEqual([
    { field: '$deleted', local: edited, remote: null, remoteBy: 'user of bob', kept: 'local' },
  ])
  expect(settledBy(todos(lastWriteWins(), 'deleteWins'), editLast)?.dropped).toEqual([
    { field: '$deleted', local: edited, remote: null, remoteBy: 'user of bob', kept: 'remote' },
  ])
})

test('nothing is settled where different fields were changed, or where both sides wanted the same', () => {
  const merged = todos(fieldMerge({ onOverlap: 'ask' }))
  const [theirs, mine] = [update('cyd', 1, { votes: 1 }), update('bob', 1, { title: 'b' })]
  expect(settledBy(merged, [start, theirs, mine])).toBeUndefined()
  const same = [start, update('cyd', 1, { title: 'b' }), mine]
  expect(settledBy(todos(lastWriteWins()), same)).toBeUndefined()
})
