import type { Conflict, Patch } from '@holdfast/core'
import { strategyConformance } from '@holdfast/core/testing'
import { clientWins, largestWins, smallestWins } from '@holdfast/plugins/conflict-strategies'
import { assert, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'

const conflict = (local: Patch, remote: Patch): Conflict => ({
  collection: 'scores',
  recordId: 'r1',
  fields: Object.keys(local).toSorted(),
  local: { values: local, stamps: {} },
  remote: { values: remote, stamps: {} },
  baseVersion: 1,
  serverVersion: 2,
})

describe('strategies of the plugins package', () => {
  test('clientWins takes the operation that arrives later', () => {
    expect(clientWins().resolve(conflict({ a: 1 }, { a: 2 }))).toEqual({ take: 'local' })
  })

  test('[MD19] largestWins and smallestWins give the same value whichever side arrives first', () => {
    assert(
      property(integer(), integer(), (one, two) => {
        for (const strategy of [largestWins(), smallestWins()]) {
          const forward = strategy.resolve(conflict({ n: one }, { n: two }))
          const backward = strategy.resolve(conflict({ n: two }, { n: one }))
          expect(forward).toEqual(backward)
        }
        expect(largestWins().resolve(conflict({ n: one }, { n: two }))).toEqual({
          take: 'merged',
          patch: { n: Math.max(one, two) },
        })
      }),
    )
  })

  test('dates are ordered, and what can not be ordered is asked about', () => {
    const [early, late] = [new Date(1_000), new Date(2_000)]
    expect(largestWins().resolve(conflict({ at: early }, { at: late }))).toEqual({
      take: 'merged',
      patch: { at: late },
    })
    expect(largestWins().resolve(conflict({ at: early, t: 'x' }, { at: late, t: 'y' }))).toEqual({
      take: 'ask',
      fields: ['t'],
    })
    expect(smallestWins().resolve(conflict({ n: 1 }, { n: 2n }))).toEqual({ take: 'ask', fields: ['n'] })
  })
})

describe.each([
  { strategy: clientWins },
  { strategy: largestWins, symmetric: true },
  { strategy: smallestWins, symmetric: true },
])('$strategy.name', (options) => {
  strategyConformance({ test, samples: { score: [1, 2, 2.5], best: [1n, 2n] }, ...options })
})
