import { add, laterWins, usual, type Rules } from './rule-types.ts'
import { parseData } from './values.ts'

/** Collections whose operations do not live for ever. */
export const mortalRules: Readonly<Record<string, Rules>> = {
  signals: {
    ...usual,
    strategy: 'fieldMerge',
    required: ['id', 'text'],
    defaults: { weight: 0, beats: 0 },
    ruleOf: (field) => (field === 'text' ? 'later' : 'ask'),
    named: {
      beat: {
        run: (signal, { by }) => ({ ...signal, beats: add(signal['beats'], by) }),
        reads: [],
        changes: ['beats'],
      },
    },
  },
  flashes: {
    ...laterWins,
    required: ['id', 'text'],
  },
  views: {
    ...laterWins,
    required: ['id', 'text'],
  },
}

/** What is to be dropped is on the server's side of no use after this. */
const dropped = 60_000

interface Living {
  readonly collection: string
  readonly type: string
  readonly payload: string
}

/** How long an operation is worth sending, in milliseconds; `drop`: sent at once or not at all. */
export const lifetimeIn = ({ collection, type, payload }: Living): number | 'drop' => {
  if (collection === 'views') return type === 'create' ? Infinity : 'drop'
  if (collection !== 'signals') return Infinity
  const { weight } = type === 'create' || type === 'update' || type === 'put' ? parseData(payload) : {}
  if (weight === 9) return 100_000
  switch (type) {
    case 'create':
      return 2_000
    case 'beat':
      return 1_500
    case 'delete':
      return Infinity
    default:
      return 3_000
  }
}

/** How long a record lives after it was last changed, in milliseconds. */
export const recordLifetimeIn = (collection: string): number => (collection === 'flashes' ? 15_000 : Infinity)

/** From this age on the server refuses it. */
const refusedFrom = (operation: Living): number => {
  const lifetime = lifetimeIn(operation)
  return lifetime === 'drop' ? dropped : lifetime
}

/** An operation with the ages with which it was sent. */
interface Aging extends Living {
  readonly ages: readonly number[]
}

/**
 * What the server may make of operations that it decides together: true where it may find all of them too old, false where it
 * may find one of them fresh.
 */
export const mayBeExpired = (unit: readonly Aging[]): readonly boolean[] => {
  const isOver = unit.every((one) => one.ages.some((age) => age >= refusedFrom(one)))
  const isFresh = unit.some((one) => {
    const limit = refusedFrom(one)
    return limit === Infinity || one.ages.length === 0 || one.ages.some((age) => age < limit)
  })
  return [...(isOver ? [true] : []), ...(isFresh ? [false] : [])]
}
