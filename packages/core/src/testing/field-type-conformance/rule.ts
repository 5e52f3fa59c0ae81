import { isSyncError, type SyncError } from '../../base/errors.ts'
import { encodePortable } from '../../base/codec.ts'
import type { Portable } from '../../base/portable.ts'
import type { Applying, FieldState, FieldType, Maker, Wanted } from '../../model/field-type.ts'
import type { SeededRandom } from '../simulation/seeded-random.ts'
import { canonical } from '../strategy-conformance/canonical.ts'

/** What some user might ask of a field that looks like this to them. */
export type Wishes = (random: SeededRandom, value: Portable) => Wanted

export interface FieldTypeContext {
  /** The type as another machine makes it for itself. */
  readonly make: () => FieldType
  /** Refuses a value that the zod type refuses; undefined where there is none. */
  readonly check: (value: Portable) => string | undefined
  readonly wishes: Wishes
  readonly effect: (before: Portable, wanted: Wanted) => Portable | undefined
  readonly commutative: boolean
  readonly hostile: readonly Portable[]
  /** Randomness of its own for each run; the number of runs is the app's choice. */
  readonly eachRun: (run: (random: SeededRandom) => void) => void
}

/**
 * What only some types promise. `commutes`: the order of concurrent deltas does not count; `ordered`: the server's does.
 * `alwaysShown`: something of every delta can be shown, whatever is missing before it. `ignoresTime`: as the type itself says.
 */
export type FieldTypePromise = 'commutes' | 'ordered' | 'alwaysShown' | 'ignoresTime'

export interface FieldTypeRule {
  /** `FT1`, `FT2`, ... Never given to another rule. */
  readonly id: string
  readonly title: string
  /** Only types that promise it are held to it; undefined: all. */
  readonly promise?: FieldTypePromise
  readonly check: (context: FieldTypeContext) => void
}

/** An operation as far as a field is concerned. */
export interface FieldOperation {
  readonly id: string
  readonly author: string
  readonly delta: Portable
  readonly timestamp: number
}

export const makerOf = (operationId: string, baseVersion: number): Maker => ({ operationId, baseVersion })

export const applyingOf = (
  { id, timestamp }: FieldOperation,
  version: number,
  replaying = false,
): Applying => ({ operationId: id, timestamp, version, replaying })

/** Applies operations in this order, as the server does. */
export const fold = (
  type: FieldType,
  operations: Iterable<FieldOperation>,
  before: FieldState = type.empty,
  version = 0,
): FieldState => {
  let state = before
  let next = version
  for (const one of operations) {
    next += 1
    state = type.apply(state, one.delta, applyingOf(one, next))
  }
  return state
}

export const showState = ({ value, hidden }: FieldState): string =>
  canonical(hidden === undefined ? { value } : { value, hidden })

export const sameState = (left: FieldState, right: FieldState): boolean =>
  showState(left) === showState(right)

export const sameValue = (left: Portable, right: Portable): boolean => canonical(left) === canonical(right)

/** What a call comes to; only refusals count as answers. */
export type Outcome<TValue> =
  | { readonly kind: 'answer'; readonly value: TValue }
  | { readonly kind: 'refused'; readonly error: SyncError }

export const attempt = <TValue>(run: () => TValue): Outcome<TValue> => {
  try {
    return { kind: 'answer', value: run() }
  } catch (error) {
    if (isSyncError(error)) return { kind: 'refused', error }
    throw error
  }
}

export const asText = (value: Portable | undefined): string =>
  value === undefined ? 'nothing' : encodePortable(value)
