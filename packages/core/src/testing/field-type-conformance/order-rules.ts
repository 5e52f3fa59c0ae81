import { ensure } from '../storage-conformance/assert.ts'
import { fork, interleave, inTwoOrders } from './history.ts'
import { applyingOf, attempt, fold, sameState, sameValue, showState, type FieldTypeRule } from './rule.ts'

export const orderRules: readonly FieldTypeRule[] = [
  {
    id: 'FT18',
    title: 'what the server takes is what a device that replays it shows',
    check({ make, wishes, eachRun }) {
      const type = make()
      eachRun((random) => {
        const { base, branches } = fork(type, wishes, random)
        let { state } = base
        for (const [index, one] of interleave(branches, random).entries()) {
          const version = base.operations.size + index + 1
          const taken = attempt(() => type.apply(state, one.delta, applyingOf(one, version)))
          if (taken.kind === 'refused') return
          const shown = type.apply(state, one.delta, applyingOf(one, version, true))
          ensure(
            sameState(taken.value, shown),
            `The server has ${showState(taken.value)}, the device ${showState(shown)}`,
          )
          state = taken.value
        }
      })
    },
  },
  {
    id: 'FT19',
    title:
      'of a type that needs the order of the server: every order that keeps each author’s own is taken, and it counts which',
    promise: 'ordered',
    check({ make, wishes, eachRun }) {
      const type = make()
      let differed = false
      eachRun((random) => {
        const [one, other] = inTwoOrders(type, wishes, random)
        differed ||= !sameValue(one.value, other.value)
      })
      ensure(differed, 'It commutes after all: say so, and it is held to the laws.')
    },
  },
  {
    id: 'FT20',
    title: 'of a type that says that it ignores time: no timestamp makes a difference',
    promise: 'ignoresTime',
    check({ make, wishes, eachRun }) {
      const type = make()
      eachRun((random) => {
        const { base, branches } = fork(type, wishes, random)
        const order = interleave(branches, random)
        const later = order.map((one) => ({ ...one, timestamp: random.between(0, 100_000) }))
        const [one, other] = [order, later].map((each) => fold(type, each, base.state, base.operations.size))
        if (one === undefined || other === undefined) return
        ensure(sameState(one, other), `At other times it is ${showState(other)}, not ${showState(one)}`)
      })
    },
  },
]
