import {
  SyncError,
  byPath,
  collection,
  counter,
  defineField,
  optimisticVersion,
  orSet,
  registerMap,
  type FieldState,
  type FieldType,
} from '@holdfast/core'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { encodePortable } from '../../src/base/codec.ts'
import type { Portable } from '../../src/base/portable.ts'
import { decide } from '../../src/model/decide.ts'
import type { Candidate } from '../../src/model/decision.ts'
import { fieldTypeOf } from '../../src/model/field-type.ts'
import type { ServerRow } from '../../src/model/record.ts'
import { lines } from '../support/placed-text.ts'

const definition = collection({
  fields: z.object({
    id: z.string(),
    title: z.string().default(''),
    votes: counter(),
    tags: orSet(z.string()),
    meta: registerMap(z.string()),
  }),
  conflict: optimisticVersion(),
  operations: {
    like: { input: z.object({}), apply: (record) => ({ ...record, votes: record.votes + 1 }) },
  },
})

let made = 0
const candidate = (clientId: string, type: string, payload: Portable, baseVersion: number): Candidate => ({
  id: `o${(made += 1)}`,
  collection: 'things',
  recordId: 'r',
  type,
  payload: encodePortable(payload),
  clientId,
  userId: clientId,
  baseVersion,
  timestamp: made,
  opVersion: '1.0.0',
})

const apply = (row: ServerRow | undefined, one: Candidate) =>
  decide(definition, row, one, { seq: (row?.seq ?? 0) + 1, now: 1, schemaVersion: '1.0.0' })

const written = (row: ServerRow | undefined, one: Candidate): ServerRow => {
  const decision = apply(row, one)
  if (decision.kind !== 'write') throw new Error(JSON.stringify(decision))
  return decision.row
}

test('[MD31] concurrent deltas of a typed field are all applied, under a strategy that judges whole records too', () => {
  const born = written(undefined, candidate('a', 'create', { id: 'r' }, 0))
  expect(born.data).toEqual({ id: 'r', title: '', votes: 0, tags: [], meta: {} })
  const one = written(born, candidate('a', 'update', { $deltas: { votes: 2 } }, 1))
  const decision = apply(one, candidate('b', 'update', { $deltas: { votes: 3 } }, 1))
  expect(decision).toMatchObject({
    kind: 'write',
    row: { data: { votes: 5 } },
    verdict: { kind: 'merged', lost: [] },
  })
})

test('[MD40] where one delta has lost its place, all of the operation is made again, whatever of it does not fit', () => {
  const texts = collection({
    fields: z.object({ id: z.string(), text: defineField(z.string(), lines), votes: counter() }),
  })
  const place = { seq: 2, now: 1, schemaVersion: '1.0.0' }
  const born = decide(texts, undefined, candidate('a', 'create', { id: 'r' }, 0), place)
  if (born.kind !== 'write') throw new Error(JSON.stringify(born))
  const lost = { at: 7, text: 'more' }
  for (const deltas of [
    { text: lost, votes: 'many' },
    { votes: 'many', text: lost },
  ])
    expect(decide(texts, born.row, candidate('a', 'update', { $deltas: deltas }, 1), place)).toMatchObject({
      verdict: { kind: 'rebase' },
    })
  const misfit = candidate('a', 'update', { $deltas: { votes: 'many' } }, 1)
  expect(decide(texts, born.row, misfit, place)).toMatchObject({ verdict: { code: 'INVALID' } })
})

test('[MD31] a stranger who only changed typed fields disputes nothing', () => {
  const born = written(undefined, candidate('a', 'create', { id: 'r' }, 0))
  const one = written(born, candidate('b', 'update', { $deltas: { votes: 2 } }, 1))
  expect(apply(one, candidate('a', 'update', { title: 'new' }, 1))).toMatchObject({ kind: 'write' })
  const two = written(one, candidate('b', 'update', { title: 'theirs' }, 2))
  expect(apply(two, candidate('a', 'update', { title: 'mine', $deltas: { votes: 1 } }, 1))).toMatchObject({
    kind: 'refuse',
    verdict: { kind: 'conflict', fields: ['title'] },
  })
})

test('[MD32] what a named operation does to a typed field is a delta on the record as it is', () => {
  const born = written(undefined, candidate('a', 'create', { id: 'r', $deltas: { votes: 7 } }, 0))
  const one = written(born, candidate('a', 'like', {}, 1))
  expect(written(one, candidate('b', 'like', {}, 1)).data).toMatchObject({ votes: 9 })
})

test.each([
  ['a delta of another type', { votes: 'x' }],
  ['a fraction', { votes: 1.5 }],
  ['a delta of a register', { title: 1 }],
  ['a delta of a field that is not there', { nothing: 1 }],
  ['a set without tags', { tags: { add: ['x'], remove: [] } }],
  ['a map of no object', { meta: { set: 1, remove: [] } }],
  ['no object', 5],
])('[MD33] %s is INVALID, and ends its own operation alone', (_what, deltas) => {
  const born = written(undefined, candidate('a', 'create', { id: 'r' }, 0))
  expect(apply(born, candidate('a', 'update', { $deltas: deltas as Portable }, 1))).toMatchObject({
    kind: 'refuse',
    verdict: { kind: 'rejected', code: 'INVALID' },
  })
})

test('[MD33] a value instead of a delta is INVALID on the wire: nobody overwrites a typed field', () => {
  const born = written(undefined, candidate('a', 'create', { id: 'r' }, 0))
  expect(apply(born, candidate('a', 'update', { votes: 5 }, 1))).toMatchObject({
    kind: 'refuse',
    verdict: { kind: 'rejected', code: 'INVALID' },
  })
  expect(apply(undefined, candidate('a', 'create', { id: 'r', votes: 5 }, 0))).toMatchObject({
    kind: 'refuse',
    verdict: { kind: 'rejected', code: 'INVALID' },
  })
})

test('[MD34] a create on a record that exists merges its deltas', () => {
  const born = written(undefined, candidate('a', 'create', { id: 'r', $deltas: { votes: 2 } }, 0))
  const open = collection({ fields: definition.fields })
  const decision = decide(open, born, candidate('b', 'create', { id: 'r', $deltas: { votes: 3 } }, 0), {
    seq: 2,
    now: 1,
    schemaVersion: '1.0.0',
  })
  expect(decision).toMatchObject({ kind: 'write', row: { data: { votes: 5 } } })
})

test('[MD34] a create on a deleted record starts anew', () => {
  const born = written(undefined, candidate('a', 'create', { id: 'r', $deltas: { votes: 2 } }, 0))
  const dead = written(born, candidate('a', 'delete', null, 1))
  expect(written(dead, candidate('a', 'create', { id: 'r', $deltas: { votes: 1 } }, 2)).data).toMatchObject({
    votes: 1,
  })
})

const byPathType = (): FieldType => {
  const type = fieldTypeOf(byPath(z.record(z.string(), z.unknown()), {}))
  if (type === undefined) throw new Error('It has a type.')
  return type
}

describe('byPath', () => {
  const type = byPathType()
  const applied = (state: FieldState, delta: Portable, timestamp: number): FieldState =>
    type.apply(state, delta, {
      operationId: `o${timestamp}`,
      timestamp,
      version: timestamp,
      replaying: false,
    })
  const setTo = (state: FieldState, value: Portable, timestamp: number): FieldState => {
    const maker = { operationId: `o${timestamp}`, baseVersion: 0 }
    return applied(state, type.prepare(state, { kind: 'set', value }, maker) ?? null, timestamp)
  }

  test('[MD39] what was overwritten does not come back once what took its place is removed', () => {
    const list = setTo(type.empty, { a: { b: ['l'] } }, 1)
    const deeper = setTo(list, { a: { b: { c: 1 } } }, 2)
    expect(setTo(deeper, { other: 1 }, 3).value).toEqual({ other: 1 })
  })

  test.each(['["__proto__","x"]', '["a","constructor"]', '["\\u0000"]', '["\\ud800"]'])(
    '[MD33] %s is no place of an object',
    (path) => {
      expect(() => applied(type.empty, { set: { [path]: 1 }, remove: [] }, 1)).toThrow(SyncError)
    },
  )
})

test('[MD31] keys that every object has by nature are keys like any others, but for those that no record may have', () => {
  const born = written(undefined, candidate('a', 'create', { id: 'r' }, 0))
  const update = (meta: Portable) => candidate('a', 'update', { $deltas: { meta } }, 1)
  const set = { toString: 'x', valueOf: 'y' }
  expect(written(born, update({ set, remove: ['hasOwnProperty'] })).data['meta']).toEqual(set)
  for (const key of ['__proto__', 'constructor'])
    expect(apply(born, update({ set: {}, remove: [key] }))).toMatchObject({
      kind: 'refuse',
      verdict: { kind: 'rejected', code: 'INVALID' },
    })
})

test('[MD39] the work that a large object takes grows with its places, not with their square', () => {
  const type = byPathType()
  const places = Array.from({ length: 1_000 }, (_, index) => [`["k${index}"]`, index] as const)
  const applying = { operationId: 'o', timestamp: 1, version: 2, replaying: false }
  const parse = vi.spyOn(JSON, 'parse')
  const state = type.apply(type.empty, { set: Object.fromEntries(places), remove: [] }, applying)
  const parsed = parse.mock.calls.length
  parse.mockRestore()
  expect(Object.keys(state.value as object)).toHaveLength(1_000)
  expect(parsed).toBeLessThan(5_000)
})

test('[MD39] a place that is deeper than any value is INVALID', () => {
  const type = byPathType()
  const path = JSON.stringify(Array.from({ length: 10_000 }, () => 'a'))
  const applying = { operationId: 'o', timestamp: 1, version: 2, replaying: false }
  expect(() => type.apply(type.empty, { set: {}, remove: [path] }, applying)).toThrow(/no place/)
})
