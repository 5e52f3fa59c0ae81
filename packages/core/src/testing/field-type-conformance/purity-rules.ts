import { decodePortable, encodePortable } from '../../base/codec.ts'
import { isSyncError, reasonOf } from '../../base/errors.ts'
import { assertPortable, type Portable } from '../../base/portable.ts'
import type { FieldState, FieldType, Wanted } from '../../model/field-type.ts'
import { canonical } from '../strategy-conformance/canonical.ts'
import { copyOf, freeze } from '../strategy-conformance/copies.ts'
import { ensure } from '../storage-conformance/assert.ts'
import { newReplica, wish, type Replica } from './history.ts'
import {
  applyingOf,
  makerOf,
  type FieldOperation,
  type FieldTypeContext,
  type FieldTypeRule,
} from './rule.ts'

/** One call of each function of a type, with what it was given. */
interface Calls {
  readonly state: FieldState
  readonly wanted: Wanted
  readonly first: FieldOperation
  readonly second: FieldOperation
  readonly before: FieldState
  /** Of the state before. */
  readonly version: number
}

const answersOf = (type: FieldType, { state, wanted, first, second, before, version }: Calls): string =>
  canonical([
    type.prepare(state, wanted, makerOf('m', version)),
    type.apply(before, first.delta, applyingOf(first, version + 1)),
    type.apply(before, first.delta, applyingOf(first, version + 1, true)),
    type.compose(first.delta, second.delta),
    type.difference(before, state, makerOf('m', version)),
  ])

/** Two operations by one author who wrote alone before. */
const calls = (
  { make, wishes }: FieldTypeContext,
  random: Parameters<typeof wishes>[0],
): Calls | undefined => {
  const type = make()
  let before: Replica = newReplica(type, 'a')
  for (let count = random.between(0, 3); count > 0; count -= 1) before = wish(type, before, wishes, random)
  const version = before.operations.size
  let after = before
  for (let count = 0; count < 2; count += 1) after = wish(type, after, wishes, random, version)
  const [first, second] = [...after.operations.values()].slice(version)
  if (first === undefined || second === undefined) return undefined
  return {
    before: before.state,
    version,
    first,
    second,
    state: after.state,
    wanted: wishes(random, after.state.value),
  }
}

const eachCalls = (context: FieldTypeContext, check: (calls: Calls) => void): void => {
  let found = 0
  context.eachRun((random) => {
    const made = calls(context, random)
    if (made === undefined) return
    found += 1
    check(made)
  })
  ensure(found > 0, 'The wishes all come to nothing: there is nothing to look at.')
}

const ensurePortable = (value: Portable | undefined, what: string): void => {
  if (value === undefined) return
  try {
    assertPortable(value)
  } catch (error) {
    throw new Error(`${what} can't be stored: ${isSyncError(error) ? error.message : reasonOf(error)}`, {
      cause: error,
    })
  }
}

const overTheWire = <TValue>(value: TValue): TValue =>
  decodePortable(encodePortable(value)) as unknown as TValue

const wired = ({ value, hidden }: FieldState): FieldState => ({
  value: overTheWire(value),
  hidden: hidden === undefined ? undefined : overTheWire(hidden),
})

export const purityRules: readonly FieldTypeRule[] = [
  {
    id: 'FT1',
    title: 'a type has a name, the same each time it is made, and an empty state whose value fits the field',
    check({ make, check }) {
      const { name, empty } = make()
      ensure(typeof name === 'string' && name !== '', 'The name is missing.')
      ensure(make().name === name, `Another machine would call it "${make().name}".`)
      ensure(check(empty.value) === undefined, `The empty value: ${check(empty.value) ?? ''}`)
    },
  },
  {
    id: 'FT2',
    title: 'what a function is given stays as it was, and may be frozen',
    check(context) {
      const type = context.make()
      eachCalls(context, (given) => {
        const copy = copyOf(given)
        const answers = answersOf(type, copy)
        ensure(canonical(copy) === canonical(given), `It changed what it was given: ${canonical(given)}`)
        ensure(
          answersOf(type, freeze(copyOf(given))) === answers,
          `It answers frozen values otherwise: ${canonical(given)}`,
        )
      })
    },
  },
  {
    id: 'FT3',
    title: 'the same question gets the same answer on every machine, whatever was asked before',
    check(context) {
      const [here, there] = [context.make(), context.make()]
      const asked: (readonly [Calls, string])[] = []
      eachCalls(context, (given) => void asked.push([given, answersOf(here, copyOf(given))]))
      for (const [given, answers] of asked.toReversed())
        ensure(answersOf(there, copyOf(given)) === answers, `Two machines differ: ${canonical(given)}`)
    },
  },
  {
    id: 'FT4',
    title: 'deltas and states are portable, and count the same when they came over the wire',
    check(context) {
      const type = context.make()
      eachCalls(context, (given) => {
        const { state, first, second, before, version } = given
        ensurePortable(first.delta, 'A delta')
        ensurePortable(type.compose(first.delta, second.delta), 'A composed delta')
        ensurePortable(type.difference(before, state, makerOf('m', version)), 'A difference')
        ensurePortable(state.value, 'A value')
        ensurePortable(state.hidden, 'What is kept beside the value')
        const arrived: Calls = {
          version,
          state: wired(state),
          before: wired(before),
          wanted: overTheWire(given.wanted),
          first: { ...first, delta: overTheWire(first.delta) },
          second: { ...second, delta: overTheWire(second.delta) },
        }
        const [left, right] = [answersOf(type, given), answersOf(type, arrived)]
        ensure(left === right, `Over the wire it comes to something else: ${left}, then ${right}`)
      })
    },
  },
]
