import type { Data, Value } from './values.ts'

/** What was written at a place of an object; no value: it was removed. Without a stamp it was always there. */
export interface Place {
  readonly path: readonly string[]
  readonly value: Value | undefined
  readonly stamp: readonly [timestamp: number, id: string, ...value: readonly Value[]] | undefined
}

export const isObject = (value: Value | undefined): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The places of an object that hold something. */
export const leavesOf = (
  value: Value,
  path: readonly string[] = [],
): readonly (readonly [readonly string[], Value])[] => {
  const members = isObject(value) ? Object.entries(value) : []
  if (members.length === 0) return path.length === 0 ? [] : [[path, value]]
  return members.flatMap(([key, member]) => leavesOf(member, [...path, key]))
}

const isWithin = (inner: readonly string[], outer: readonly string[]): boolean =>
  outer.every((key, index) => inner[index] === key)

/** One operation removes before it writes. */
const isLater = (one: Place, other: Place): boolean => {
  if (one.stamp === undefined || other.stamp === undefined) return one.stamp !== undefined
  const [at, id, ...values] = one.stamp
  const [otherAt, otherId, ...others] = other.stamp
  if (at !== otherAt) return at > otherAt
  return id === otherId ? values.length > others.length : id > otherId
}

/** What stands: a value, unless something was written later at its place, around it or within it. */
export const atPlaces = (places: readonly Place[]): Data => {
  const standing = places.filter(
    (place) =>
      place.value !== undefined &&
      !places.some(
        (other) =>
          isLater(other, place) && (isWithin(other.path, place.path) || isWithin(place.path, other.path)),
      ),
  )
  return gathered(standing)
}

const gathered = (places: readonly Place[]): Data => {
  const heads = [...new Set(places.flatMap(({ path }) => path.slice(0, 1)))]
  return Object.fromEntries(
    heads.map((head) => {
      const below = places
        .filter(({ path }) => path[0] === head)
        .map((place) => ({ ...place, path: place.path.slice(1) }))
      const leaf = below.find(({ path }) => path.length === 0)
      return [head, leaf?.value ?? gathered(below)]
    }),
  )
}
