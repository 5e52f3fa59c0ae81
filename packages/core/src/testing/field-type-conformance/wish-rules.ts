import { canonical } from '../strategy-conformance/canonical.ts'
import { ensure } from '../storage-conformance/assert.ts'
import { grow, newReplica, wish } from './history.ts'
import { applyingOf, asText, fold, makerOf, sameValue, type FieldTypeRule } from './rule.ts'

export const wishRules: readonly FieldTypeRule[] = [
  {
    id: 'FT5',
    title: 'what its author wished is what its author has then',
    check(context) {
      const { make, wishes, effect, eachRun } = context
      const type = make()
      eachRun((random) => {
        for (const { state, operations } of grow(type, context, random)) {
          const wanted = wishes(random, state.value)
          const expected = effect(state.value, wanted)
          const delta = type.prepare(state, wanted, makerOf('m', operations.size))
          const one = { id: 'm', author: 'm', timestamp: 1_000, delta: delta ?? null }
          const after =
            delta === undefined ? state : type.apply(state, delta, applyingOf(one, operations.size + 1, true))
          ensure(
            expected === undefined || sameValue(after.value, expected),
            `${canonical(wanted)} on ${asText(state.value)} gave ${asText(after.value)}, not ${asText(expected)}`,
          )
        }
      })
    },
  },
  {
    id: 'FT6',
    title: 'setting the value that is there comes to nothing',
    check(context) {
      const { make, eachRun } = context
      const type = make()
      eachRun((random) => {
        for (const { state, operations } of grow(type, context, random)) {
          const delta = type.prepare(
            state,
            { kind: 'set', value: state.value },
            makerOf('m', operations.size),
          )
          ensure(delta === undefined, `Setting ${asText(state.value)} again gave ${asText(delta)}`)
        }
      })
    },
  },
  {
    id: 'FT7',
    title: 'every value fits the field',
    check(context) {
      const { make, check, eachRun } = context
      const type = make()
      eachRun((random) => {
        for (const { state } of grow(type, context, random)) {
          const problem = check(state.value)
          ensure(problem === undefined, `${asText(state.value)} does not fit: ${problem ?? ''}`)
        }
      })
    },
  },
  {
    id: 'FT8',
    title: 'two deltas of one author in one give the value that both give, one after the other',
    check(context) {
      const { make, wishes, eachRun } = context
      const type = make()
      eachRun((random) => {
        const [before = newReplica(type, 'a')] = grow(type, context, random)
        const version = before.operations.size
        let after = before
        for (let count = 0; count < 3; count += 1) after = wish(type, after, wishes, random, version)
        const [first, second, third] = [...after.operations.values()].slice(version)
        if (first === undefined || second === undefined) return
        const delta = type.compose(first.delta, second.delta)
        if (delta === undefined) return
        const rest = third === undefined ? [] : [third]
        const apart = fold(type, [first, second, ...rest], before.state, version)
        const together = fold(type, [{ ...second, delta }, ...rest], before.state, version)
        ensure(
          sameValue(apart.value, together.value),
          `Apart they give ${asText(apart.value)}, as one ${asText(together.value)}`,
        )
      })
    },
  },
  {
    id: 'FT9',
    title: 'of three deltas it does not count which two are made one first',
    check(context) {
      const { make, wishes, eachRun } = context
      const type = make()
      eachRun((random) => {
        const [before = newReplica(type, 'a')] = grow(type, context, random)
        const version = before.operations.size
        let after = before
        for (let count = 0; count < 3; count += 1) after = wish(type, after, wishes, random, version)
        const [first, second, third] = [...after.operations.values()].slice(version)
        if (first === undefined || second === undefined || third === undefined) return
        const left = type.compose(first.delta, second.delta)
        const right = type.compose(second.delta, third.delta)
        const leftFirst = left === undefined ? undefined : type.compose(left, third.delta)
        const rightFirst = right === undefined ? undefined : type.compose(first.delta, right)
        if (leftFirst === undefined || rightFirst === undefined) return
        const [one, other] = [leftFirst, rightFirst].map(
          (delta) => fold(type, [{ ...third, delta }], before.state, version).value,
        )
        ensure(canonical(one) === canonical(other), `It gives ${canonical(one)}, or ${canonical(other)}`)
      })
    },
  },
  {
    id: 'FT10',
    title:
      'the difference of two states leads from the one to the value of the other; of a state to itself, nowhere',
    check(context) {
      const { make, wishes, eachRun } = context
      const type = make()
      eachRun((random) => {
        const replicas = [newReplica(type, 'a')]
        for (let count = random.between(1, 5); count > 0; count -= 1)
          replicas.push(wish(type, replicas.at(-1) ?? newReplica(type, 'a'), wishes, random))
        const { state: before, operations } = random.pick(replicas)
        const last = replicas.at(-1) ?? newReplica(type, 'a')
        const after = last.state
        const maker = makerOf('d', operations.size)
        const delta = type.difference(before, after, maker)
        const one = { id: 'd', author: 'a', timestamp: 1_000, delta: delta ?? null }
        const made = delta === undefined ? before : fold(type, [one], before, operations.size)
        ensure(
          sameValue(made.value, after.value),
          `From ${asText(before.value)} it leads to ${asText(made.value)}, not to ${asText(after.value)}`,
        )
        const none = type.difference(after, after, makerOf('d', last.operations.size))
        ensure(none === undefined, `From ${asText(after.value)} to itself it is ${asText(none)}`)
      })
    },
  },
]
