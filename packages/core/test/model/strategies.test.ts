import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Portable } from '../../src/base/portable.ts'
import type { ErrorCode } from '../../src/base/errors.ts'
import { changedFields } from '../../src/model/change.ts'
import { decide } from '../../src/model/decide.ts'
import { fieldMerge } from '../../src/model/strategies/field-merge.ts'
import { lastWriteWins, serverWins } from '../../src/model/strategies/last-write-wins.ts'
import { optimisticVersion } from '../../src/model/strategies/manual.ts'
import type { ConflictStrategy } from '../../src/model/strategy.ts'
import { clients, history, patch } from './history-arbitrary.ts'
import { candidate, create, judge, place, run, todos, update, visible, type Step } from './todo.ts'

const start = create('zoe', { title: 'a', note: 'x' })

type Kind = 'title' | 'note' | 'both' | 'null' | 'clear'

/** Concurrent writes of values that all differ, so that none of them goes unnoticed as equal. */
const writes = fc
  .array(
    fc.tuple(fc.constantFrom(...clients), fc.constantFrom<Kind>('title', 'note', 'both'), fc.nat({ max: 5 })),
    {
      minLength: 2,
      maxLength: 7,
    },
  )
  .chain((drafts) => fc.tuple(fc.constant(drafts), fc.nat({ max: 9 }), fc.nat({ max: 9 })))
  .map(([drafts, nullAt, clearAt]) =>
    drafts.map(([by, kind, at], index) =>
      toStep(by, index === nullAt ? 'null' : index === clearAt ? 'clear' : kind, at, index),
    ),
  )

const toStep = (by: string, kind: Kind, at: number, index: number): Step => {
  if (kind === 'clear') return { ...run(by, 1, 'clearNote'), at }
  const payloads: Readonly<Record<Exclude<Kind, 'clear'>, Record<string, Portable>>> = {
    title: { title: `t${index}` },
    note: { note: `n${index}` },
    both: { title: `t${index}`, note: `n${index}` },
    null: { note: null },
  }
  return update(by, 1, payloads[kind], at)
}

/** Each client's steps stay in its order; the clients are mixed as `order` says. */
const interleave = (steps: readonly Step[], order: readonly number[]): readonly Step[] => {
  const queues = clients.map((client) => steps.filter((step) => step.by === client))
  const mixed: Step[] = []
  for (const pick of order) mixed.push(...(queues[pick % queues.length]?.splice(0, 1) ?? []))
  return [...mixed, ...queues.flat()]
}

test('[P06][MD19] lastWriteWins: what stands does not depend on who arrives first', () => {
  const order = fc.array(fc.nat({ max: 2 }), { maxLength: 12 })
  fc.assert(
    fc.property(writes, order, order, (steps, first, second) => {
      const end = (order: readonly number[]) =>
        judge(todos(lastWriteWins()), [start, ...interleave(steps, order)]).row
      expect(end(first)?.data).toEqual(end(second)?.data)
    }),
    { numRuns: 1000 },
  )
})

test('[MD19] lastWriteWins: of two writers the later wins, in both orders', () => {
  fc.assert(
    fc.property(fc.nat({ max: 3 }), fc.nat({ max: 3 }), (ann, bob) => {
      const steps = [update('ann', 1, { title: 'b' }, ann), update('bob', 1, { title: 'c' }, bob)]
      const winner = ann > bob ? 'b' : 'c'
      for (const order of [steps, steps.toReversed()]) {
        expect(visible(judge(todos(), [start, ...order]).row)?.['title']).toBe(winner)
      }
    }),
  )
})

test('[MD19] a later write of an equal value raises the time of the field', () => {
  const [first, other, same] = [
    update('ann', 1, { done: true }, 1),
    update('bob', 1, { done: false }, 2),
    update('cyd', 1, { done: true }, 3),
  ]
  expect(judge(todos(), [start, first, other, same]).row?.data['done']).toBe(true)
  expect(judge(todos(), [start, first, same, other]).row?.data['done']).toBe(true)
})

const meddler: ConflictStrategy = {
  name: 'meddler',
  resolve: () => ({ take: 'merged', patch: { title: 'meddled', note: undefined, done: true, votes: 99 } }),
}

test.each<[string, ConflictStrategy]>([
  ['fieldMerge', fieldMerge({ onOverlap: serverWins(), fields: { note: lastWriteWins() } })],
  ['fieldMerge with a strategy that touches more than it may', fieldMerge({ onOverlap: meddler })],
  ['a strategy that touches more than it may', meddler],
])('[MD17][MD20] %s: a field that the operation does not change is never changed', (_, strategy) => {
  const definition = todos(strategy)
  fc.assert(
    fc.property(history, patch, fc.nat({ max: 9 }), (steps, wanted, lag) => {
      const { row } = judge(definition, [start, ...steps])
      if (row === undefined || row.deleted) return
      const step = update('ann', Math.max(0, row.version - lag), wanted, 5)
      const decision = decide(definition, row, candidate(step), place(row.seq + 1))
      const after = decision.kind === 'write' ? decision.row.data : row.data
      expect(Object.keys(wanted)).toEqual(expect.arrayContaining([...changedFields(row.data, after)]))
    }),
  )
})

test('[P05][MD18] what was lost is named, exactly', () => {
  fc.assert(
    fc.property(history, patch, fc.nat({ max: 9 }), (steps, wanted, lag) => {
      const { row } = judge(todos(), [start, ...steps])
      if (row === undefined || row.deleted) return
      const step = update('ann', Math.max(0, row.version - lag), wanted, 5)
      const decision = decide(todos(), row, candidate(step), place(row.seq + 1))
      if (decision.kind !== 'write') return
      const lost = Object.entries(wanted).filter(([field, value]) => decision.row.data[field] !== value)
      expect(decision.verdict.kind === 'merged' ? decision.verdict.lost : []).toEqual(
        lost.map(([field]) => field).toSorted(),
      )
    }),
  )
})

test('[MD21] optimisticVersion: an operation that changes something is applied exactly when nothing was unseen', () => {
  const definition = todos(optimisticVersion())
  fc.assert(
    fc.property(history, patch, fc.nat({ max: 9 }), (steps, wanted, lag) => {
      const { row } = judge(definition, [start, ...steps])
      if (row === undefined || row.deleted) return
      const base = Math.max(0, row.version - lag)
      const isUnseen = Object.values(row.fieldVersions).some(
        (one) => (one.clientId === 'ann' ? one.otherVersion : one.version) > base,
      )
      const changes = Object.entries(wanted).some(([field, value]) => row.data[field] !== value)
      const decision = decide(definition, row, candidate(update('ann', base, wanted)), place(row.seq + 1))
      expect(decision.kind).toBe(isUnseen && changes ? 'refuse' : 'write')
    }),
  )
})

test.each([
  ['retry', { kind: 'write', row: { data: { title: 'mine' } } }],
  ['reject', { kind: 'refuse', verdict: { kind: 'rejected', code: 'CONFLICT' } }],
  ['ask', { kind: 'refuse', verdict: { kind: 'conflict', fields: ['title'] } }],
] as const)('[MD21] optimisticVersion, policy %s, on an older version', (onConflict, outcome) => {
  const definition = todos(optimisticVersion({ onConflict }))
  const { row } = judge(definition, [start, update('bob', 1, { done: true })])
  const decision = decide(definition, row, candidate(update('ann', 1, { title: 'mine' })), place(3))
  expect(decision).toMatchObject(outcome)
})

test('[MD20] the strategy of a field is told of that field alone', () => {
  const seen: unknown[] = []
  const spy: ConflictStrategy = {
    name: 'spy',
    resolve: ({ fields, local, remote }) => {
      seen.push([fields, local.values, remote.values])
      return { take: 'local' }
    },
  }
  const steps = [update('ann', 1, { title: 'b', votes: 1 }), update('bob', 1, { title: 'c', votes: 2 })]
  judge(todos(fieldMerge({ onOverlap: spy })), [start, ...steps])
  expect(seen).toEqual([
    [['title'], { title: 'c' }, { title: 'b' }],
    [['votes'], { votes: 2 }, { votes: 1 }],
  ])
})

const unseen = [start, update('ann', 1, { title: 'b' }), update('bob', 1, { title: 'c', votes: 1 })]

const decideWith = (resolve: unknown): unknown => {
  const strategy = { name: 'odd', resolve } as ConflictStrategy
  const { row, decisions } = judge(todos(strategy), unseen)
  expect(row?.version).toBe(2)
  return decisions.at(-1)
}

test.each<ErrorCode>(['FORBIDDEN_OR_MISSING', 'INVALID'])('[MD23] a strategy may reject with %s', (code) => {
  expect(decideWith(() => ({ take: 'reject', code }))).toMatchObject({
    kind: 'refuse',
    verdict: { kind: 'rejected', code },
  })
})

test.each<[string, unknown]>([
  [
    'throws',
    () => {
      throw new Error('boom')
    },
  ],
  ['answers nothing', () => undefined],
  ['answers nonsense', () => ({ take: 'both' })],
  ['leaves an invalid record', () => ({ take: 'merged', patch: { title: 7 } })],
  ['leaves no value where one must be', () => ({ take: 'merged', patch: { title: undefined } })],
  ['leaves what is not portable', () => ({ take: 'merged', patch: { title: '\uD83D' } })],
])('[P08][MD24] a strategy that %s rejects its operation', (_, resolve) => {
  expect(decideWith(resolve)).toMatchObject({
    kind: 'refuse',
    verdict: { kind: 'rejected', code: 'INVALID' },
  })
})
