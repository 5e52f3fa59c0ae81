import { expect, test } from 'vitest'
import { SyncError, type SyncEvent } from '@holdfast/core'
import { plural, toEventText } from '../../src/inspector/event-text.ts'
import { addEvent, emptyModel } from '../../src/inspector/model.ts'
import { tabForKey } from '../../src/inspector/tabs.ts'
import { toTrace } from '../../src/inspector/trace.ts'

const [scope, at] = ['team-1', 1_750_000_000_000]
const error = new SyncError('INVALID', 'title: "a secret" is too short.', { reason: 'too short' })
const written = (recordId: string): SyncEvent => ({
  ...{ type: 'written', at, scope, collection: 'tasks', recordId, operationId: `o-${recordId}` },
  operation: 'create',
})

const one: readonly SyncEvent[] = [
  written('a'),
  { type: 'pushStarted', at, scope, batchId: 'b', operations: 2, bytes: 300 },
  { type: 'pushStarted', at, scope, batchId: 'b', operations: 2, bytes: 300 },
  {
    ...{ type: 'pushed', at: at + 20, scope, batchId: 'b', operations: 2, bytes: 300 },
    results: { applied: 1, rejected: 1 },
    ms: 20,
  },
  {
    ...{ type: 'decided', at, scope },
    verdicts: [
      { operationId: 'o-a', kind: 'applied' },
      { operationId: 'o-b', kind: 'rejected', code: 'INVALID' },
    ],
  },
  { type: 'pulled', at: at + 30, scope, changes: 4, pages: 2, ms: 5.5 },
  { type: 'conflictOpened', at, scope, collection: 'tasks', recordId: 'a' },
  { type: 'conflictResolved', at, conflictId: 'c', operationId: undefined },
  { type: 'deadLettered', at, scope, operationId: 'o-b', code: 'INVALID' },
  { type: 'compacted', at, scope, trigger: 'sync', before: 5, folded: 3 },
  { type: 'expired', at, scope, operations: ['o-c', 'o-d'] },
  { type: 'resetStarted', at, scope, reason: 'epoch_changed' },
  { type: 'stateChanged', at, scope, state: { status: 'blocked', error } },
  { type: 'problem', at, error },
]

test('[IN6] every event is counted for what it tells', () => {
  const { counters, events, dropped } = one.reduce((model, event) => addEvent(model, event), emptyModel)
  expect({ events: events.length, dropped }).toEqual({ events: one.length, dropped: 0 })
  expect(counters).toEqual({
    written: 1,
    batches: 2,
    sentBytes: 600,
    answered: 1,
    answeredBytes: 300,
    pulls: 1,
    pages: 2,
    changes: 4,
    verdicts: { applied: 1, rejected: 1 },
    conflictsOpened: 1,
    conflictsResolved: 1,
    deadLettered: 1,
    folded: 3,
    expired: 2,
    resets: 1,
    problems: 1,
  })
})

test('[IN6] old events are let go of, and stay counted', () => {
  const model = ['a', 'b', 'c'].reduce((before, id) => addEvent(before, written(id), 2), emptyModel)
  expect(model.events).toEqual([written('b'), written('c')])
  expect(model.dropped).toBe(1)
  expect(model.counters.written).toBe(3)
})

test('every event has a line, and what is bad looks so', () => {
  expect(one.map((event) => toEventText(event).text)).not.toContain('')
  expect(one.filter((event) => toEventText(event).tone === 'bad').map(({ type }) => type)).toEqual([
    'decided',
    'deadLettered',
    'stateChanged',
    'problem',
  ])
  expect([plural(1, 'byte'), plural(2_000, 'byte')]).toEqual(['1 byte', '2,000 bytes'])
})

test('[IN8] a trace has every event once, with its duration, and no word of an error message', () => {
  const queue = { pending: 0, sent: 0, conflicts: 0, deadLetters: 1, limit: 10, level: 'ok' } as const
  const state = { status: 'stopped' } as const
  const trace = toTrace({ events: one, dropped: 3, state, queue, operations: [] })
  const told = trace.traceEvents.filter(({ ph }) => ph !== 'M')
  expect(told.map(({ name }) => name)).toEqual(one.map(({ type }) => type))
  const slices = told.filter(({ ph }) => ph === 'X')
  expect(slices.map(({ ts, dur }) => [ts, dur])).toEqual([
    [at * 1_000, 20_000],
    [(at + 30) * 1_000 - 5_500, 5_500],
  ])
  expect(JSON.parse(trace.otherData.figures)).toMatchObject({ state: 'stopped', dropped: 3 })
  expect(JSON.stringify(trace)).toContain('"error":{"code":"INVALID"}')
  expect(JSON.stringify(trace)).not.toContain('secret')
})

test('[IN11] arrows, Home and End lead from tab to tab, around the end', () => {
  expect(tabForKey('ArrowRight', 6, 7)).toBe(0)
  expect(tabForKey('ArrowLeft', 0, 7)).toBe(6)
  expect([tabForKey('Home', 3, 7), tabForKey('End', 3, 7), tabForKey('a', 3, 7)]).toEqual([0, 6, undefined])
})
