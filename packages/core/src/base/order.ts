import type { Portable } from './portable.ts'

type PortableObject = { readonly [key: string]: Portable }

/** The place of a value's type in the order of all values. */
export const typeRank = (value: Portable): number => {
  switch (typeof value) {
    case 'boolean':
      return 1
    case 'number':
      return 2
    case 'bigint':
      return 3
    case 'string':
      return 4
    default:
      if (value === null) return 0
      if (value instanceof Date) return 5
      if (value instanceof Uint8Array) return 6
      return Array.isArray(value) ? 7 : 8
  }
}

/**
 * A total order of all portable values, the same on every device: by type (see `typeRank`), then by value.
 * 0 exactly where `portableEquals` holds.
 */
export const comparePortable = (left: Portable, right: Portable): number => {
  if (left === right) return 0
  const ranks = typeRank(left) - typeRank(right)
  if (ranks !== 0) return ranks
  if (left === null || right === null) return 0
  if (typeof left !== 'object' || typeof right !== 'object') return left < right ? -1 : left > right ? 1 : 0
  if (left instanceof Date || right instanceof Date) return Number(left) - Number(right)
  if (left instanceof Uint8Array && right instanceof Uint8Array) return compareLists(left, right)
  if (isList(left) && isList(right)) return compareLists(left, right)
  return compareObjects(left as PortableObject, right as PortableObject)
}

const isList = (value: Portable): value is readonly Portable[] => Array.isArray(value)

/** Member by member; a beginning of a list comes before it. */
const compareLists = (left: ArrayLike<Portable>, right: ArrayLike<Portable>): number => {
  const shorter = Math.min(left.length, right.length)
  for (let index = 0; index < shorter; index += 1) {
    const difference = comparePortable(left[index] ?? null, right[index] ?? null)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** By their keys, sorted, then by their values in that order. */
const compareObjects = (left: PortableObject, right: PortableObject): number => {
  const leftKeys = Object.keys(left).sort()
  const rightKeys = Object.keys(right).sort()
  const values = (object: PortableObject, keys: readonly string[]) => keys.map((key) => object[key] ?? null)
  return compareLists(leftKeys, rightKeys) || compareLists(values(left, leftKeys), values(right, rightKeys))
}
