import { expect, test } from 'vitest'
import { decide } from '../../src/model/decide.ts'
import { candidate, create, judge, lastOf, place, run, todos, update, type Step } from './todo.ts'

const start = create('ann', { title: 'a' })

const misfits: readonly (readonly [string, Step])[] = [
  ['an unknown field', update('ann', 1, { urgent: true })],
  ['a value of another type', update('ann', 1, { title: 1 })],
  ['an id', update('ann', 1, { id: 'other' })],
  ['a patch that is no object', { ...start, type: 'update', payload: 'x', base: 1 }],
  ['an input that does not fit', run('ann', 1, 'rename', { title: 1 })],
  ['an operation that nobody defined', run('ann', 1, 'archive')],
  ['the name of an inherited member', run('ann', 1, 'toString')],
  ['another id in a create', create('ann', { title: 'a', id: 'other' })],
  ['a create without a field that has no default', create('ann', {})],
]

test.each(misfits)('[MD24] %s is rejected where this schema or an older one wrote it', (_, step) => {
  for (const opVersion of ['1.0.0', '0.9.9', '1.0.0-beta', 'nonsense']) {
    const { row, decisions } = judge(todos(), [start, { ...step, opVersion }])
    expect(lastOf({ row, decisions })).toMatchObject({ kind: 'rejected', code: 'INVALID' })
    expect(row?.version).toBe(1)
  }
})

test.each(misfits)('[MD25] %s waits where a newer schema wrote it', (_, step) => {
  for (const opVersion of ['1.0.1', '1.1.0', '2.0.0', '10.0.0']) {
    const { row, decisions } = judge(todos(), [start, { ...step, opVersion }])
    expect(lastOf({ row, decisions })).toEqual({ kind: 'wait', code: 'SERVER_OLDER' })
    expect(row?.version).toBe(1)
  }
})

test('[MD25] what fits is applied, whatever schema wrote it', () => {
  const step: Step = { ...update('ann', 1, { title: 'b' }), opVersion: '9.0.0' }
  expect(lastOf(judge(todos(), [start, step]))).toEqual({ kind: 'applied', version: 2 })
})

test('[MD16][MD25] a missing record does not wait for a newer schema', () => {
  const step: Step = { ...update('ann', 1, { title: 'b' }), opVersion: '9.0.0' }
  expect(lastOf(judge(todos(), [step]))).toMatchObject({ kind: 'rejected', code: 'DEPENDENCY' })
})

test.each(['explode', 'steal'])(
  '[P08][MD24] an `apply` that fails (%s) rejects its own operation only',
  (type) => {
    const { row, decisions } = judge(todos(), [start, run('ann', 1, type), update('ann', 1, { title: 'b' })])
    expect(decisions.map(({ kind }) => kind)).toEqual(['write', 'refuse', 'write'])
    expect(row?.data['title']).toBe('b')
  },
)

test.each<[string, string]>([
  ['text that is no JSON', '{'],
  ['a key that pollutes', '{"__proto__":{"a":1}}'],
  ['nothing', ''],
])('[MD24] a payload of %s is rejected', (_, payload) => {
  const decision = decide(todos(), undefined, { ...candidate(start), payload }, place(1))
  expect(decision).toMatchObject({ kind: 'refuse', verdict: { kind: 'rejected', code: 'INVALID' } })
})
