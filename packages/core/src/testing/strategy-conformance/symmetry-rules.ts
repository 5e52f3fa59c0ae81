import type { Conflict } from '../../model/strategy.ts'
import { canonical } from './canonical.ts'
import { askCopy, eachConflict, isRecord, show, type Outcome, type StrategyRule } from './rule.ts'

const swapped = ({ local, remote, ...rest }: Conflict): Conflict => ({
  ...rest,
  local: remote,
  remote: local,
})

/** Both sides know who wrote when, and it was not the same client: then which of them arrives first is chance. */
const isConcurrent = ({ fields, local, remote }: Conflict): boolean =>
  fields.every((field) => {
    const [mine, theirs] = [local.stamps[field], remote.stamps[field]]
    return mine !== undefined && theirs !== undefined && mine.clientId !== theirs.clientId
  })

/** What the disputed fields hold afterwards; of a question or refusal, the answer itself. */
const ending = (conflict: Conflict, outcome: Outcome): string => {
  if (outcome.kind !== 'answered' || !isRecord(outcome.answer)) return show(outcome)
  const { take, patch } = outcome.answer
  const settled = isRecord(patch) ? patch : {}
  switch (take) {
    case 'local':
      return canonical(conflict.local.values)
    case 'remote':
      return canonical(conflict.remote.values)
    case 'merged': {
      const values = conflict.fields.map((field): [string, unknown] => [
        field,
        Object.hasOwn(settled, field) ? settled[field] : conflict.remote.values[field],
      ])
      return canonical(Object.fromEntries(values.filter(([, value]) => value !== undefined)))
    }
    default:
      return show(outcome)
  }
}

export const symmetryRules: readonly StrategyRule[] = [
  {
    id: 'CS13',
    title:
      'where the strategy is said to be symmetric, concurrent sides end the same whichever arrives first',
    check(context) {
      if (!context.symmetric) return
      const strategy = context.make()
      eachConflict(context, (conflict) => {
        if (!isConcurrent(conflict)) return undefined
        const other = swapped(conflict)
        const first = ending(conflict, askCopy(strategy, conflict))
        const second = ending(other, askCopy(strategy, other))
        return first === second
          ? undefined
          : `It is not symmetric: ${first}, but with swapped sides ${second}`
      })
    },
  },
]
