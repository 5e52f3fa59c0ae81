import { ensure } from '../storage-conformance/assert.ts'
import type { SeededRandom } from '../simulation/seeded-random.ts'
import { grow, inTwoOrders, merge, type Replica } from './history.ts'
import { asText, sameState, showState, type FieldTypeContext, type FieldTypeRule } from './rule.ts'

/** A law about any three replicas. */
const aboutReplicas =
  (
    law: (
      merged: (left: Replica, right: Replica) => Replica,
      replicas: Triple,
    ) => readonly [Replica, Replica],
  ) =>
  (context: FieldTypeContext): void => {
    const { make, eachRun } = context
    const type = make()
    eachRun((random: SeededRandom) => {
      const [a, b, c] = grow(type, context, random)
      if (a === undefined || b === undefined || c === undefined) return
      const [one, other] = law((left, right) => merge(type, left, right), [a, b, c])
      ensure(
        sameState(one.state, other.state),
        `One way it is ${showState(one.state)}, the other way ${showState(other.state)}`,
      )
    })
  }

type Triple = readonly [Replica, Replica, Replica]

export const lawRules: readonly FieldTypeRule[] = [
  {
    id: 'FT11',
    title:
      'deltas of concurrent authors commute: every order of arrival that keeps each author’s own gives the same state',
    promise: 'commutes',
    check({ make, wishes, eachRun }) {
      const type = make()
      eachRun((random) => {
        const [one, other] = inTwoOrders(type, wishes, random)
        ensure(
          sameState(one, other),
          `In one order it is ${asText(one.value)}, in another ${asText(other.value)}: ${showState(one)}, ${showState(other)}`,
        )
      })
    },
  },
  {
    id: 'FT12',
    title: 'merging is commutative: it does not count which of two replicas hears of the other',
    promise: 'commutes',
    check: aboutReplicas((merged, [a, b]) => [merged(a, b), merged(b, a)]),
  },
  {
    id: 'FT13',
    title: 'merging is associative: of three replicas it does not count which two merge first',
    promise: 'commutes',
    check: aboutReplicas((merged, [a, b, c]) => [merged(merged(a, b), c), merged(a, merged(b, c))]),
  },
  {
    id: 'FT14',
    title: 'merging is idempotent: an operation counts once, however often it is heard of',
    promise: 'commutes',
    check: aboutReplicas((merged, [a, b]) => [merged(a, merged(b, merged(a, a))), merged(b, a)]),
  },
]
