import type { Fate, Operation } from '@holdfast/core'
import type { Made } from './ada.ts'
import type { Expected } from './edits.ts'

/** How operations ended, those that the device has handed over included. */
export type Fates = ReadonlyMap<string, Fate>

export const fatesOf = (operations: readonly Operation[]): Fates =>
  new Map(operations.map(({ id, fate }) => [id, fate]))

export interface Ended {
  readonly outcome: Expected | 'cancelled' | 'undecided' | 'missing'
  /** The operation that was folded into others ended with them. */
  readonly folded: boolean
  /** Of a dead letter. */
  readonly code?: string
}

/** What became of an operation, or of that into which it was folded; `asked`: what waited for a person. */
export const endOf = (fates: Fates, asked: ReadonlySet<string>, operationId: string): Ended => {
  let id = operationId
  for (let folded = false; ; folded = true) {
    if (asked.has(id)) return { outcome: 'answered', folded }
    const fate = fates.get(id)
    if (fate?.kind === 'superseded' && fate.by !== undefined) {
      id = fate.by
      continue
    }
    return { ...outcomeOf(fate), folded }
  }
}

const outcomeOf = (fate: Fate | undefined): Omit<Ended, 'folded'> => {
  switch (fate?.kind) {
    case undefined:
      return { outcome: 'missing' }
    case 'applied':
      return { outcome: 'applied' }
    case 'expired':
      return { outcome: 'expired' }
    case 'cancelled':
      return { outcome: 'cancelled' }
    case 'rejected': {
      const { code } = fate
      if (code === 'DEPENDENCY') return { outcome: 'gone', code }
      if (code === 'REFUSED') return { outcome: 'refused', code: `${code} ${fate.reason}` }
      return { outcome: code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'undecided', code }
    }
    default:
      return { outcome: 'undecided' }
  }
}

/** What came and went, and what was taken back, is cancelled; the former is applied where nothing was folded. */
const isAsExpected = (expected: Expected, outcome: Ended['outcome'], compacts: boolean): boolean => {
  if (expected === 'takenBack') return outcome === 'cancelled'
  if (expected === 'nothing') return outcome === (compacts ? 'cancelled' : 'applied')
  return outcome === expected
}

export interface Accounts {
  /** How many ended so, by what became of them; `folded` of them within others. */
  readonly counts: ReadonlyMap<string, { readonly operations: number; readonly folded: number }>
  readonly wrong: readonly string[]
}

/** Every operation that was made, against what a plain reckoning says of it. */
export const account = (
  made: readonly Made[],
  ends: (operationId: string) => Ended,
  compacts: boolean,
): Accounts => {
  const counts = new Map<string, { operations: number; folded: number }>()
  const wrong: string[] = []
  for (const { operationId, recordId, expected } of made) {
    const { outcome, folded, code } = ends(operationId)
    const name = code === undefined ? outcome : `dead letter: ${code}`
    const { operations, folded: within } = counts.get(name) ?? { operations: 0, folded: 0 }
    counts.set(name, { operations: operations + 1, folded: within + (folded ? 1 : 0) })
    if (!isAsExpected(expected, outcome, compacts))
      wrong.push(`${operationId} of ${recordId} should be ${expected} and is ${name}`)
  }
  return { counts, wrong }
}
