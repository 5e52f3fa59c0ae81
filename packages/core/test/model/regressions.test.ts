import { expect, test } from 'vitest'
import { z } from 'zod'
import { encodePortable } from '../../src/base/codec.ts'
import { applyChange } from '../../src/model/change.ts'
import { decide } from '../../src/model/decide.ts'
import type { ServerRow } from '../../src/model/record.ts'
import { collection } from '../../src/model/schema.ts'
import { manual } from '../../src/model/strategies/manual.ts'
import { create, judge, lastOf, remove, todos } from './todo.ts'

const definition = collection({
  fields: z.object({ id: z.string(), title: z.string(), tags: z.array(z.string()).default([]) }),
  operations: {
    tag: {
      input: z.object({ tag: z.string() }),
      apply(record, { tag }) {
        record.tags.push(tag)
        return record
      },
    },
  },
})

const change = (type: string, payload: unknown) => ({
  id: 'o1',
  recordId: 'r1',
  type,
  payload: encodePortable(payload),
  timestamp: 1,
})

test('[P05] an older app edits a record that has a field of a newer app, and keeps that field', () => {
  const before = { id: 'r1', title: 'old', tags: [], colour: 'red' }
  expect(applyChange(definition, before, change('update', { title: 'new' }), { version: 2 })).toEqual({
    ...before,
    title: 'new',
  })
  expect(applyChange(definition, before, change('tag', { tag: 'x' }), { version: 2 })).toEqual({
    ...before,
    tags: ['x'],
  })
  expect(() => applyChange(definition, before, change('update', { colour: 'blue' }), { version: 2 })).toThrow(
    /no such field/,
  )
})

test('[MD26] an apply that changes nested values in place changes its own copy', () => {
  const before = { id: 'r1', title: 'old', tags: ['a'] }
  expect(applyChange(definition, before, change('tag', { tag: 'b' }), { version: 2 })).toMatchObject({
    tags: ['a', 'b'],
  })
  expect(before.tags).toEqual(['a'])
})

test('[P10] a record that grows past what an answer can carry is refused, and the row stays', () => {
  const row: ServerRow = {
    collection: 'notes',
    id: 'r1',
    version: 1,
    seq: 1,
    bornSeq: 1,
    deleted: false,
    data: { id: 'r1', title: 'x', tags: Array.from({ length: 5 }, () => 'y'.repeat(50_000)) },
    fieldVersions: {},
    updatedAt: 1,
    updatedBy: 'ann',
  }
  const candidate = {
    ...change('update', { title: 'z'.repeat(30_000) }),
    collection: 'notes',
    clientId: 'c1',
    userId: 'ann',
    baseVersion: 1,
    timestamp: 2,
    opVersion: '1.0.0',
  }
  const decision = decide(definition, row, candidate, { seq: 2, now: 2, schemaVersion: '1.0.0' })
  expect(decision).toMatchObject({ kind: 'refuse', verdict: { kind: 'rejected', code: 'TOO_LARGE' } })
  expect(JSON.stringify(decision)).toMatch('The record would have')
})

test('[MD8] [MD12] regression: a record made anew with values of the deleted one was overwritten without a question', () => {
  const steps = [
    create('ann', { title: 'a', note: 'x' }),
    remove('ann', 1),
    create('cyd', { title: 'a', note: 'x' }, 2),
    create('bob', { title: 'a', note: 'y' }, 2),
  ]
  const judged = judge(todos(manual()), steps)
  expect(lastOf(judged)).toMatchObject({ kind: 'conflict', fields: ['note'], updatedBy: 'user of cyd' })
  expect(judged.row?.fieldVersions['title']).toMatchObject({ clientId: 'cyd', version: 3 })
})
