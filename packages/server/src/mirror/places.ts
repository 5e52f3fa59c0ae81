import { isScopeName } from '../procedures/envelope.ts'
import type { TouchedRecord } from '../store/app-rows.ts'
import type { RecordAddress } from '../store/contract.ts'
import { scopeOf } from './compare.ts'
import type { MirroredCollection } from './fields.ts'

/** The scopes that a marked record lives in and should not, and the one that it should live in. */
export interface Places {
  readonly left: readonly string[]
  readonly here: readonly string[]
}

export const placesOf = (
  collections: ReadonlyMap<string, MirroredCollection>,
  { collection, homes, row }: TouchedRecord,
): Places => {
  const mirrored = collections.get(collection)
  // A collection that another deployment maps.
  if (mirrored === undefined) return { left: [], here: [] }
  const named = row === undefined ? undefined : scopeOf(mirrored, row)
  // What no scope can be called nobody can read.
  const scope = isScopeName(named) ? named : undefined
  return { left: homes.filter((home) => home !== scope), here: scope === undefined ? [] : [scope] }
}

export const byScope = (
  placed: readonly (Places & { readonly record: TouchedRecord })[],
  side: keyof Places,
): ReadonlyMap<string, readonly RecordAddress[]> => {
  const keys = new Map<string, RecordAddress[]>()
  for (const one of placed) {
    const { collection, id } = one.record
    for (const scope of one[side]) keys.set(scope, [...(keys.get(scope) ?? []), { collection, id }])
  }
  return keys
}
