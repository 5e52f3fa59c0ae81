import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Fate } from '@holdfast/core'
import { expect, test } from 'vitest'
import { account, endOf } from '../src/fates.ts'

const root = resolve(import.meta.dirname, '..')
const run = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, ['--conditions=holdfast-source', join(root, 'src/main.ts'), ...args])

test(
  'three weeks offline are told in the terminal, and every figure is verified',
  { timeout: 300_000 },
  async () => {
    const { stdout } = await run('400')
    expect(stdout).toContain('queue after compaction')
    expect(stdout).toContain('dead letter: OUTCOME_UNKNOWN')
    expect(stdout).toContain('holds  the server has what a plain reckoning says, and every device shows it')
    expect(stdout).not.toContain('BROKEN')
  },
)

const fates = new Map<string, Fate>([
  ['folded', { kind: 'superseded', by: 'last' }],
  ['last', { kind: 'superseded', by: 'answer' }],
  ['answer', { kind: 'applied', version: 2, lost: [] }],
  ['alone', { kind: 'pending' }],
])

test('what was folded into an operation ends with it, and what waited for a person was answered', () => {
  expect(endOf(fates, new Set(), 'folded')).toEqual({ outcome: 'applied', folded: true })
  expect(endOf(fates, new Set(['last']), 'folded')).toEqual({ outcome: 'answered', folded: true })
})

test('an operation without a fate, or with another one than it should have, is named', () => {
  const made = ['lost', 'alone', 'last'].map((operationId) => ({
    ...{
      operationId,
      recordId: 'r',
      field: 'state',
      expected: operationId === 'last' ? ('expired' as const) : ('applied' as const),
    },
  }))
  const { counts, wrong } = account(made, (id) => endOf(fates, new Set(), id), true)
  expect(wrong).toEqual([
    'lost of r should be applied and is missing',
    'alone of r should be applied and is undecided',
    'last of r should be expired and is applied',
  ])
  expect([...counts.keys()]).toEqual(['missing', 'undecided', 'applied'])
})
