import { expect, test } from 'vitest'
import { decodePortable } from '../../src/base/codec.ts'
import { manual, optimisticVersion } from '../../src/model/strategies/manual.ts'
import { create, judge, lastOf, remove, todos, update } from './todo.ts'

const start = create('ann', { title: 'a', note: 'x' })
const row = { id: 'r1', title: 'a', note: 'x', done: false, votes: 0 }
const ask = todos(manual())

test('[MD22] a conflict shows both sides, and who made the disputed change when', () => {
  const judged = judge(ask, [
    start,
    update('ann', 1, { title: 'b' }, 50),
    update('cyd', 1, { done: true }, 60),
    update('bob', 1, { title: 'c', votes: 1 }),
  ])
  const verdict = lastOf(judged)
  expect(verdict).toEqual({
    kind: 'conflict',
    fields: ['title'],
    serverData: expect.any(String) as unknown,
    serverDeleted: false,
    serverVersion: 3,
    updatedBy: 'user of ann',
    updatedAt: 50,
    clientData: '{"title":"c","votes":1}',
  })
  const { serverData } = verdict as { readonly serverData: string }
  expect(decodePortable(serverData)).toEqual({ ...row, title: 'b', done: true })
})

test('[MD22] where the record is disputed, who made the unseen change is told, whatever field it was', () => {
  const judged = judge(todos(optimisticVersion()), [
    start,
    update('cyd', 1, { done: true }, 60),
    update('bob', 1, { title: 'c' }),
  ])
  expect(lastOf(judged)).toMatchObject({ fields: ['title'], updatedBy: 'user of cyd', updatedAt: 60 })
})

test('[MD22] who made the disputed change is told also where its author has written the field since', () => {
  const judged = judge(ask, [
    start,
    update('cyd', 1, { title: 'long ago' }, 40),
    update('ann', 2, { title: 'b' }, 50),
    update('bob', 3, { title: 'c' }, 60),
    update('bob', 3, { title: 'd' }, 70),
    update('dan', 3, { done: true }, 80),
    update('bob', 1, { title: 'e' }),
  ])
  expect(lastOf(judged)).toMatchObject({ fields: ['title'], updatedBy: 'user of ann', updatedAt: 50 })
})

test('[MD22] a conflict about a deletion shows the last value', () => {
  const judged = judge(todos(manual(), 'ask'), [start, remove('ann', 1), update('bob', 1, { title: 'c' })])
  const { serverData, serverDeleted } = lastOf(judged) as {
    readonly serverData: string
    readonly serverDeleted: boolean
  }
  expect(serverDeleted).toBe(true)
  expect(decodePortable(serverData)).toEqual(row)
})
