import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide } from '../../src/model/decide.ts'
import { foresee, type Foreseen } from '../../src/model/foresee.ts'
import type { ServerRow } from '../../src/model/record.ts'
import type { AnyCollection } from '../../src/model/schema.ts'
import { fieldMerge } from '../../src/model/strategies/field-merge.ts'
import { lastWriteWins, serverWins } from '../../src/model/strategies/last-write-wins.ts'
import { manual, optimisticVersion } from '../../src/model/strategies/manual.ts'
import type { Risk } from '../../src/protocol/preflight.ts'
import type { Verdict } from '../../src/protocol/verdict.ts'
import { history } from './history-arbitrary.ts'
import { candidate, create, judge, place, remove, todos, update, type Step } from './todo.ts'

/** What a device names of an operation: no value. */
const fieldsOf = ({ type, payload }: Step): readonly string[] => {
  if (type === 'delete') return ['$deleted']
  const written = Object.keys(payload as object)
  return type === 'create' ? ['$deleted', ...written] : written
}

const foreseenOf = (definition: AnyCollection, row: ServerRow | undefined, step: Step): Foreseen =>
  foresee(definition, row, { clientId: step.by, baseVersion: step.base, fields: fieldsOf(step) })

/** What may have been foreseen where a push then came to this. */
const allowed = (verdict: Verdict): readonly Risk[] => {
  if (verdict.kind === 'conflict') return ['HIGH']
  return verdict.kind === 'merged' && verdict.lost.length > 0 ? ['MEDIUM', 'HIGH'] : ['LOW', 'MEDIUM', 'HIGH']
}

const definitions: readonly (readonly [string, AnyCollection])[] = [
  ['lastWriteWins', todos(lastWriteWins())],
  ['serverWins, deleteWins', todos(serverWins(), 'deleteWins')],
  ['manual', todos(manual())],
  ['optimisticVersion', todos(optimisticVersion())],
  ['fieldMerge, ask', todos(fieldMerge({ fields: { votes: lastWriteWins() } }), 'ask')],
]

test.each(definitions)(
  '[PF3] %s: what ends in a question was foreseen as HIGH, a lost value as MEDIUM',
  (_, definition) => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(history, (steps) => {
        let row: ServerRow | undefined
        const wrong: string[] = []
        steps.forEach((step, index) => {
          const decision = decide(definition, row, candidate(step), place(index + 1))
          const hasWords = ['create', 'update', 'delete'].includes(step.type)
          if (hasWords && decision.kind !== 'wait') {
            const { risk } = foreseenOf(definition, row, step)
            const { verdict } = decision
            seen.add(`${verdict.kind} ${risk}`)
            if (!allowed(verdict).includes(risk)) wrong.push(`${verdict.kind} ${risk}`)
          }
          if (decision.kind === 'write') row = decision.row
        })
        expect(wrong).toEqual([])
      }),
      { numRuns: 400 },
    )
    expect(seen).toContain('applied LOW')
  },
)

const rowAfter = (definition: AnyCollection, ...steps: readonly Step[]): ServerRow => {
  const { row } = judge(definition, [create('ann', { title: 'a', votes: 0 }), ...steps])
  if (row === undefined) throw new Error('There is no row.')
  return row
}

describe('[PF2] the risk of an entity', () => {
  const merge = todos(fieldMerge({ fields: { votes: lastWriteWins() } }))
  const edited = rowAfter(merge, update('bob', 1, { title: 'b', votes: 1 }))
  const intend = (baseVersion: number, ...fields: readonly string[]) => ({
    clientId: 'ann',
    baseVersion,
    fields,
  })

  test.each<[string, Foreseen, Foreseen]>([
    [
      'nobody else changed the field',
      foresee(merge, edited, intend(1, 'done')),
      { risk: 'LOW', fields: [], reason: 'disjoint' },
    ],
    [
      'the author saw the change',
      foresee(merge, edited, intend(2, 'title')),
      { risk: 'LOW', fields: [], reason: 'disjoint' },
    ],
    [
      'the strategy settles it',
      foresee(merge, edited, intend(1, 'votes')),
      { risk: 'MEDIUM', fields: ['votes'], reason: 'depends_on_values' },
    ],
    [
      'the strategy asks',
      foresee(merge, edited, intend(1, 'title', 'done')),
      { risk: 'HIGH', fields: ['title'], reason: 'asks' },
    ],
    [
      'a new record',
      foresee(merge, undefined, intend(0, '$deleted', 'id', 'title')),
      { risk: 'LOW', fields: [], reason: 'disjoint' },
    ],
    [
      'a record that the server has lost',
      foresee(merge, undefined, intend(3, 'title')),
      { risk: 'HIGH', fields: [], reason: 'missing' },
    ],
    [
      'a creation in the place of a record that the server has lost',
      foresee(merge, undefined, intend(3, '$deleted', 'id', 'title')),
      { risk: 'LOW', fields: [], reason: 'disjoint' },
    ],
    [
      'a collection that the server does not know',
      foresee(undefined, undefined, intend(0, 'title')),
      { risk: 'HIGH', fields: [], reason: 'unknown_collection' },
    ],
    [
      'an edit of what somebody deleted',
      foresee(merge, rowAfter(merge, remove('bob', 1)), intend(1, 'title')),
      { risk: 'MEDIUM', fields: ['$deleted'], reason: 'deleted' },
    ],
    [
      'edits that follow a creation where somebody had a record, and deleted it',
      foresee(merge, rowAfter(merge, remove('bob', 1)), {
        ...intend(0, '$deleted', 'title'),
        clientId: 'cy',
      }),
      { risk: 'HIGH', fields: ['title'], reason: 'asks' },
    ],
    [
      'edits that bring back what somebody changed and deleted, with a creation in its place',
      foresee(
        merge,
        rowAfter(merge, update('bob', 1, { title: 'b', votes: 2 }), remove('bob', 2)),
        intend(1, '$deleted', 'title'),
      ),
      { risk: 'HIGH', fields: ['title'], reason: 'asks' },
    ],
    [
      'a creation in the place of a record that its author saw deleted',
      foresee(merge, rowAfter(merge, remove('bob', 1)), {
        ...intend(2, '$deleted', 'title'),
        clientId: 'cy',
      }),
      { risk: 'LOW', fields: [], reason: 'disjoint' },
    ],
    [
      'a deletion of what somebody edited',
      foresee(merge, edited, intend(1, '$deleted')),
      { risk: 'MEDIUM', fields: ['$deleted'], reason: 'deleted' },
    ],
  ])('%s', (_, found, wanted) => {
    expect(found).toEqual(wanted)
  })

  test('an author’s own earlier changes are no risk', () => {
    const row = rowAfter(merge, update('ann', 1, { title: 'b' }))
    expect(foresee(merge, row, intend(1, 'title')).risk).toBe('LOW')
  })

  test('no field is named that was not asked about', () => {
    const locked = todos(optimisticVersion())
    const row = rowAfter(locked, update('bob', 1, { note: 'secret' }))
    expect(foresee(locked, row, intend(1, 'title'))).toEqual({
      risk: 'HIGH',
      fields: ['title'],
      reason: 'asks',
    })
  })
})
