import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../../tests/harness/folder.ts'
import { runTool } from '../../prove/run-tool.ts'
import { checkClientTrace } from '../trace-file/check-client-trace.ts'
import { clientTraceText } from '../trace-file/client-trace-text.ts'
import { readTrace, type ClientTrace, type TracedEvent } from '../trace-file/client-trace.ts'
import { createTraceFile } from '../trace-file/create-trace-file.ts'
import { readOptions } from '../options.ts'
import { replayOf } from '../regressions.ts'
import { runReplay } from '../replay.ts'

const [scope, batchId] = ['team-1', 'b-1']
const decided = (...verdicts: readonly (readonly [string, string])[]) => ({
  type: 'decided',
  scope,
  verdicts: verdicts.map(([operationId, kind]) => ({ operationId, kind })),
})

type Told = Omit<TracedEvent, 'at'>

const traceOf = (told: readonly Told[], operations: ClientTrace['figures']['operations']): ClientTrace => ({
  events: told.map((event, index) => ({ ...event, at: 1_750_000_000_000 + index * 100 }) as TracedEvent),
  figures: {
    state: 'synced',
    queue: { pending: 0, sent: 0, conflicts: 0, deadLetters: 0 },
    dropped: 0,
    operations,
  },
})

const sound: readonly Told[] = [
  { type: 'written', scope, operationId: 'a' },
  { type: 'pushStarted', scope, batchId, operations: 2 },
  { type: 'pushed', scope, batchId, operations: 2, results: { applied: 1, conflict: 1 } },
  decided(['a', 'applied'], ['b', 'conflict']),
  { type: 'swapped', scope, head: 7, changes: 2 },
]
const operations = [
  { id: 'a', scope, status: 'COMPLETED' },
  { id: 'b', scope, status: 'SUPERSEDED' },
]

test('a trace that breaks no promise has no finding, and every event is a line', () => {
  const trace = traceOf(sound, operations)
  expect(checkClientTrace(trace)).toEqual([])
  const lines = clientTraceText(trace).split('\n')
  expect(lines).toHaveLength(sound.length + 1)
  expect(lines[1]).toBe('     0.100 team-1       pushStarted      batchId=b-1 operations=2')
})

describe('what breaks a promise is found', () => {
  test.each<readonly [string, readonly Told[], ClientTrace['figures']['operations']]>([
    ['operation a was applied and is rejected now', [...sound, decided(['a', 'rejected'])], []],
    ['the head of team-1 went back from 7 to 6', [...sound, { type: 'swapped', scope, head: 6 }], operations],
    [
      'left with 2 operations and came back with 3',
      [...sound, { type: 'pushed', scope, batchId, operations: 3, results: { applied: 3 } }],
      operations,
    ],
    [
      'has 1 results',
      [{ type: 'pushed', scope, batchId, operations: 2, results: { applied: 1 } }],
      operations,
    ],
    ['decided applied and is PENDING', sound, [{ id: 'a', scope, status: 'PENDING' }]],
    ['counts 0 sent operations and lists 1', [], [{ id: 'c', scope, status: 'SENT' }]],
    ['decided lacks what it tells', [{ type: 'decided', scope }], []],
  ])('%s', (problem, events, known) => {
    expect(checkClientTrace(traceOf(events, known)).join('\n')).toContain(problem)
  })

  test('and where the server has another history, nothing is', () => {
    const reset = { type: 'resetStarted', scope, reason: 'generation' }
    const after = [decided(['a', 'conflict']), { type: 'swapped', scope, head: 2 }]
    expect(checkClientTrace(traceOf([...sound, reset, ...after], []))).toEqual([])
  })
})

test('a file alone is read; with a world it is written', () => {
  const read = (...args: readonly string[]) => readOptions(args, replayOf)
  expect(read('--trace', 'f.json')).toEqual({ kind: 'trace', file: 'f.json' })
  expect(read('--seed', '1', '--trace', 'f.json')).toMatchObject({ kind: 'replay', traceFile: 'f.json' })
  expect(() => readTrace('{"traceEvents":[]}')).toThrow('no trace of Holdfast')
})

test('pnpm sim --trace FILE runs the world of a trace again', async () => {
  using folder = temporaryFolder()
  const replay = { seed: 3, params: { devices: 1 } }
  const file = createTraceFile()
  const { events } = await runReplay(replay, file)
  file.write(folder.path('world.json'), replay)
  const world = await runTool('sim', '--trace', folder.path('world.json'))
  expect(world).toMatchObject({ code: 0 })
  expect(world.output).toContain(`in ${events} events`)

  writeFileSync(folder.path('other.json'), '{}')
  expect(await runTool('sim', '--trace', folder.path('other.json'))).toMatchObject({ code: 2 })
})

test('a verdict that is told and not stored yet is no finding', () => {
  const trace = traceOf(sound, [{ id: 'a', scope, status: 'SENT' }])
  const { figures } = trace
  const queue = { ...figures.queue, sent: 1 }
  expect(checkClientTrace({ ...trace, figures: { ...figures, queue } })).toEqual([])
})
