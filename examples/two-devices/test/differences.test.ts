import { expect, test } from 'vitest'
import { createNarrator } from '../src/print/narrator.ts'
import { conclude } from '../src/story/conclude.ts'
import { findDifferences } from '../src/verify/differences.ts'
import type { Evidence } from '../src/verify/evidence.ts'
import { perfect, settled, withDevice, withServer } from './evidence.ts'

const [first] = perfect.devices
const { queue, tasks, operations } = first ?? { queue: undefined, tasks: [], operations: [] }

const exitCode = (evidence: Evidence): number =>
  conclude(
    createNarrator(() => undefined),
    evidence,
  )

const planted: readonly (readonly [string, Evidence, string])[] = [
  [
    'a field on a device',
    withDevice({ tasks: tasks.map((task) => ({ ...task, note: 'other' })) }),
    'note of boat',
  ],
  ['a task that is missing on a device', withDevice({ tasks: tasks.slice(1) }), 'task boat'],
  [
    'a task that nobody expects',
    withDevice({ tasks: [...tasks, ...tasks.slice(0, 1).map((task) => ({ ...task, id: 'x' }))] }),
    'task x',
  ],
  ['a task that a device shows twice', withDevice({ tasks: [...tasks, ...tasks.slice(0, 1)] }), 'tasks'],
  [
    'an operation in the queue',
    withDevice({ queue: { ...queue, pending: 1 } as typeof queue & object }),
    'queue: pending',
  ],
  [
    'an open conflict',
    withDevice({ queue: { ...queue, conflicts: 1 } as typeof queue & object }),
    'queue: conflicts',
  ],
  [
    'a dead letter',
    withDevice({ queue: { ...queue, deadLetters: 1 } as typeof queue & object }),
    'queue: deadLetters',
  ],
  ['an operation that its device forgot', withDevice({ operations: operations.slice(1) }), 'operation a1'],
  [
    'an operation without a decision',
    withDevice({ operations: [settled('a1', { kind: 'sent' }), ...operations.slice(1)] }),
    'operation a1',
  ],
  ['a task that the server lacks', withServer({ tasks: perfect.server.tasks.slice(1) }), 'task boat'],
  [
    'an operation that took effect twice',
    withServer({ tasks: perfect.server.tasks.map((task) => ({ ...task, version: task.version + 1 })) }),
    'version of boat',
  ],
  ['an operation that the server lacks', withServer({ operations: ['a2', 'b1'] }), 'operation a1'],
  [
    'an operation that the server decided twice',
    withServer({ operations: ['a1', 'a1', 'a2', 'b1'] }),
    'operation a1',
  ],
  ['an operation that nobody made', withServer({ operations: ['a1', 'a2', 'b1', 'x'] }), 'operation x'],
]

test('where nothing differs the demo ends with 0', () => {
  expect(findDifferences(perfect)).toEqual([])
  expect(exitCode(perfect)).toBe(0)
})

test.each(planted)('%s ends the demo with 1', (_name, evidence, what) => {
  expect(findDifferences(evidence).map((difference) => difference.what)).toContain(what)
  expect(exitCode(evidence)).toBe(1)
})
