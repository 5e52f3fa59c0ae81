import type { Fold, Operation } from '@holdfast/core'
import { describe, expect, test } from 'vitest'
import { checkFolds } from '../../../src/oplog/compaction/check-folds.ts'
import { maxPayload } from '../../../src/protocol/parts.ts'
import { failure } from '../../support/failure.ts'
import { foldOf } from './folding.ts'

const operation = (localSeq: number, changes: Partial<Operation> = {}): Operation => ({
  id: `op-${localSeq}`,
  scope: 'team-1',
  collection: 'tasks',
  recordId: 'r',
  type: 'update',
  payload: `{"title":"${localSeq}"}`,
  fields: ['title'],
  baseVersion: 1,
  timestamp: localSeq,
  uncorrected: false,
  opVersion: '1.0.0',
  localSeq,
  clientSeq: undefined,
  status: 'PENDING',
  fate: { kind: 'pending' },
  ...changes,
})

const check = (operations: readonly Operation[], folds: readonly Fold[], isPrivate = true) =>
  checkFolds({ operations, isPrivate }, folds)

const refusal = async (operations: readonly Operation[], ...folds: readonly Fold[]): Promise<unknown> =>
  (await failure(() => check(operations, folds), 'INVALID')).details.reason

const [one, two, three] = [operation(1), operation(2), operation(3)]
const nothing = (...operations: readonly Operation[]): Fold => ({
  kind: 'nothing',
  operations: operations.map(({ id }) => id),
})

test('[CP6] operations that are alike may become one: the newest', () => {
  const [fold] = check([one, two, three], [foldOf([one, three])])
  expect(fold).toEqual({
    kind: 'into',
    survivor: three,
    merged: [one],
    type: 'update',
    payload: '{"title":"3"}',
  })
})

test('[CP2] what begins with a creation and ends with a deletion may become nothing', async () => {
  const created = operation(1, { type: 'create' })
  const deleted = operation(3, { type: 'delete' })
  expect(check([created, two, deleted], [nothing(created, two, deleted)])).toEqual([
    { kind: 'nothing', operations: [created, two, deleted] },
  ])
  const reason = 'nothing is left only of what begins with a creation and ends with a deletion'
  expect(await refusal([created, two, deleted], nothing(created, two))).toBe(reason)
  expect(await refusal([one, two, deleted], nothing(one, two, deleted))).toBe(reason)
  expect(await refusal([one], nothing())).toBe(reason)
})

describe('[CP6] a fold that crosses a boundary is refused, whoever made it', () => {
  const boundaries: readonly (readonly [string, Partial<Operation>, RegExp])[] = [
    ['it was sent', { status: 'SENT', clientSeq: 7 }, /sent, or is decided/],
    ['it was sent, and is to be made again', { clientSeq: 7 }, /sent, or is decided/],
    ['it waits in a conflict', { status: 'CONFLICT' }, /sent, or is decided/],
    ['its author saw another version', { baseVersion: 2 }, /different versions/],
    [
      'it is part of a transaction',
      { transaction: { id: 't', index: 0, size: 1 } as never },
      /a transaction/,
    ],
    ['another schema wrote it', { opVersion: '2.0.0' }, /versions of the schema/],
    ['its time is by another clock', { uncorrected: true }, /one clock/],
    ['it has marks', { marks: '{"lease":3}' }, /different marks/],
    ['it is taken back', { cancel: true }, /taken back/],
    ['it moves', { type: 'move' }, /moves/],
  ]

  test.each(boundaries)('%s', async (_, changes, reason) => {
    const [older, newer] = [operation(1, changes), operation(3, changes)]
    expect(await refusal([older, two], foldOf([older, two]))).toMatch(reason)
    expect(await refusal([two, newer], foldOf([two, newer]))).toMatch(reason)
  })

  test.each(
    boundaries.filter(([, { status, clientSeq, transaction, cancel, type }]) =>
      [status, clientSeq, transaction, cancel, type].some((one) => one !== undefined),
    ),
  )('and is not folded away either: %s', async (_, changes, reason) => {
    const all = [operation(1, { type: 'create' }), operation(2, changes), operation(3, { type: 'delete' })]
    expect(await refusal(all, nothing(...all))).toMatch(reason)
  })

  test('marks are compared by what they say', () => {
    const marked = [operation(1, { marks: '{"a":1,"b":2}' }), operation(2, { marks: '{"b":2,"a":1}' })]
    expect(check(marked, [foldOf(marked)])).toHaveLength(1)
  })
})

test('[CP6] nothing but the newest one stays, and each operation is in one fold', async () => {
  const older = foldOf([one, two], { survivor: one.id, merged: [two.id] })
  expect(await refusal([one, two], older)).toBe('the newest one has to stay')
  const unknown = /none of them, or is named twice/
  expect(await refusal([one, two], foldOf([one, operation(9)]))).toMatch(unknown)
  expect(await refusal([one, two, three], foldOf([one, two]), foldOf([two, three]))).toMatch(unknown)
  expect(await refusal([one, two], foldOf([one, two], { merged: [one.id, one.id] }))).toMatch(unknown)
})

test('[CP6] [CP7] a deletion is folded into nothing else, and creations stay creations', async () => {
  const created = operation(1, { type: 'create' })
  const deleted = operation(3, { type: 'delete' })
  expect(await refusal([one, deleted], foldOf([one, deleted], { type: 'delete' }))).toMatch(
    /a deletion stays/,
  )
  const stays = /a creation stays one/
  expect(await refusal([created, two], foldOf([created, two], { type: 'update' }))).toMatch(stays)
  expect(await refusal([one, two], foldOf([one, two], { type: 'create' }))).toMatch(stays)
  expect(check([created, two], [foldOf([created, two])])).toHaveLength(1)
  const known = (folds: readonly Fold[]) =>
    failure(() => check([created, two, deleted], folds, false), 'INVALID')
  for (const fold of [foldOf([created, two]), nothing(created, two, deleted)])
    expect((await known([fold])).details.reason).toMatch(/others may know/)
})

test('[CP6] one operation carries no more than any other', async () => {
  const payload = `{"title":"${'x'.repeat(maxPayload)}"}`
  await failure(() => check([one, two], [foldOf([one, two], { payload })]), 'TOO_LARGE')
})
