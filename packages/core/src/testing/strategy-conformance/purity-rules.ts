import { decodePortable, encodePortable } from '../../base/codec.ts'
import type { Patch } from '../../model/record.ts'
import type { Conflict, ConflictStrategy } from '../../model/strategy.ts'
import { ensure, pause } from '../storage-conformance/assert.ts'
import { canonical } from './canonical.ts'
import { copyOf, freeze, reversedCopyOf } from './copies.ts'
import { ask, askCopy, differs, eachConflict, type Outcome, type StrategyRule } from './rule.ts'

const overTheWire = (values: Patch): Patch => decodePortable(encodePortable(values)) as Patch

const arrived = (conflict: Conflict): Conflict => ({
  ...conflict,
  local: { ...conflict.local, values: overTheWire(conflict.local.values) },
  remote: { ...conflict.remote, values: overTheWire(conflict.remote.values) },
})

/** Asks now, and answers later with what was said. */
const remember = (
  strategy: ConflictStrategy,
  conflicts: readonly Conflict[],
): ((conflict: Conflict) => Outcome) => {
  const heard = new Map(conflicts.map((conflict) => [conflict, askCopy(strategy, conflict)]))
  return (conflict) => heard.get(conflict) ?? askCopy(strategy, conflict)
}

export const purityRules: readonly StrategyRule[] = [
  {
    id: 'CS1',
    title: 'a strategy has a name, the same each time it is made, and disputes fields or records',
    check({ make }) {
      const { name, detect } = make()
      ensure(typeof name === 'string' && name !== '', 'The name is missing.')
      ensure(make().name === name, `Another machine would call it "${make().name}".`)
      ensure(
        detect === undefined || detect === 'fields' || detect === 'record',
        `detect is "${String(detect)}".`,
      )
    },
  },
  {
    id: 'CS2',
    title: 'the conflict stays as it was, and may be frozen',
    check(context) {
      const strategy = context.make()
      eachConflict(context, (conflict) => {
        const given = copyOf(conflict)
        const outcome = ask(strategy, given)
        const [before, after] = [canonical(conflict), canonical(given)]
        if (before !== after) return `It changed the conflict into ${after}`
        return differs('It answers a frozen conflict otherwise', outcome, ask(strategy, freeze(given)))
      })
    },
  },
  {
    id: 'CS3',
    title: 'the same conflict gets the same answer on every machine, whatever was asked before',
    check(context) {
      const [here, there] = [context.make(), context.make()]
      const elsewhere = remember(there, context.conflicts.toReversed())
      eachConflict(context, (conflict) => {
        const first = askCopy(here, conflict)
        return (
          differs('Two machines differ', elsewhere(conflict), first) ??
          differs('It answers otherwise when asked again', first, askCopy(here, conflict))
        )
      })
    },
  },
  {
    id: 'CS4',
    title: 'the same conflict gets the same answer at another time',
    async check(context) {
      const strategy = context.make()
      const earlier = remember(strategy, context.conflicts)
      await pause(context.environment, 20)
      eachConflict(context, (conflict) =>
        differs('It answers otherwise later', earlier(conflict), askCopy(strategy, conflict)),
      )
    },
  },
  {
    id: 'CS5',
    title: 'the order of keys counts for nothing',
    check(context) {
      const strategy = context.make()
      eachConflict(context, (conflict) => {
        const turned = reversedCopyOf(conflict)
        return differs('It goes by the order of keys', askCopy(strategy, conflict), ask(strategy, turned))
      })
    },
  },
  {
    id: 'CS6',
    title: 'values that came over the wire get the answer of those that they were made of',
    check(context) {
      const strategy = context.make()
      eachConflict(context, (conflict) =>
        differs('It goes by more than values', askCopy(strategy, conflict), ask(strategy, arrived(conflict))),
      )
    },
  },
]
