import type * as z from 'zod/v4/core'
import { SyncError } from '../../base/errors.ts'
import {
  assertPortable,
  isPortableList,
  isPortableObject,
  portableEquals,
  type Portable,
} from '../../base/portable.ts'
import { defineField, type FieldState, type FieldType, type TypedField } from '../field-type.ts'

/** A place of an object: it holds a value, or places below it. */
interface Place {
  leaf: Portable | undefined
  readonly below: Map<string, Place>
}

/** No portable value is nested deeper. */
const mostKeys = 32

/** When a place was written last, by which operation, and its value; without one it was removed. */
type Register = readonly [timestamp: number, operationId: string, ...value: readonly Portable[]]

interface PathDelta {
  readonly [key: string]: Portable
  readonly set: { readonly [path: string]: Portable }
  readonly remove: readonly string[]
}

const invalid = (reason: string): SyncError =>
  new SyncError('INVALID', `An object can't be changed by this: ${reason}.`, { reason })

const objectIn = (value: Portable): { readonly [key: string]: Portable } => {
  if (isPortableObject(value)) return value
  throw invalid('it is no object')
}

const leavesOf = (
  value: Portable,
  keys: readonly string[] = [],
): readonly (readonly [string, Portable])[] => {
  const members = isPortableObject(value) ? Object.entries(value) : []
  if (members.length === 0) return keys.length === 0 ? [] : [[JSON.stringify(keys), value]]
  return members.flatMap(([key, member]) => leavesOf(member, [...keys, key]))
}

const keysOf = (path: string): readonly string[] => {
  let keys: unknown
  try {
    keys = JSON.parse(path)
  } catch {
    throw invalid('it names no place')
  }
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > mostKeys) throw invalid('it names no place')
  if (!keys.every((key) => typeof key === 'string')) throw invalid('it names no place')
  // `__proto__` is no place of an object.
  assertPortable(Object.fromEntries(keys.map((key) => [key, null])))
  return keys
}

const toDelta = (delta: Portable): PathDelta => {
  const { set, remove } = isPortableObject(delta) ? delta : {}
  if (!isPortableObject(set) || !isPortableList(remove)) throw invalid('it is no delta of an object')
  if (!remove.every((path) => typeof path === 'string')) throw invalid('its removed places must be texts')
  for (const path of [...Object.keys(set), ...remove]) keysOf(path)
  return { set, remove }
}

const registersOf = ({ hidden }: FieldState): Readonly<Record<string, Register>> =>
  (isPortableObject(hidden) ? hidden : {}) as unknown as Readonly<Record<string, Register>>

const isEarlier = (left: Register, right: Register): boolean =>
  left[0] < right[0] || (left[0] === right[0] && left[1] < right[1])

const contradict = (left: string, right: string): boolean => {
  const [one, other] = [keysOf(left), keysOf(right)]
  const isWithin = (outer: readonly string[], inner: readonly string[]): boolean =>
    outer.every((key, index) => inner[index] === key)
  return isWithin(one, other) || isWithin(other, one)
}

/** What one operation removed and what it wrote may contradict each other: it wrote last. */
const byTime = (left: Register, right: Register): number => {
  if (isEarlier(left, right)) return -1
  return isEarlier(right, left) ? 1 : left.length - right.length
}

/**
 * A place that holds a value has no places below it; of two that contradict each other so, the later one stands. It also
 * stands once it is removed (without a value): what it took the place of does not come back.
 */
const put = (root: Place, path: string, value: Portable | undefined): void => {
  let place = root
  for (const key of keysOf(path)) {
    place.leaf = undefined
    const below = place.below.get(key) ?? emptyPlace()
    place.below.set(key, below)
    place = below
  }
  place.leaf = value
  place.below.clear()
}

const emptyPlace = (): Place => ({ leaf: undefined, below: new Map() })

/** Where nothing is left below a place it is gone, too. */
const toValue = ({ leaf, below }: Place): Portable | undefined => {
  if (leaf !== undefined) return leaf
  const members = [...below].flatMap(([key, place]) => {
    const member = toValue(place)
    return member === undefined ? [] : [[key, member] as const]
  })
  return members.length === 0 ? undefined : Object.fromEntries(members)
}

const between = (before: Portable, after: Portable): PathDelta | undefined => {
  const [old, now] = [new Map(leavesOf(objectIn(before))), new Map(leavesOf(objectIn(after)))]
  const set = [...now].filter(([path, value]) => !portableEquals(old.get(path), value))
  // What is written takes away what contradicts it. Said twice it would also take away what others wrote beside it.
  const isTaken = (path: string): boolean => set.some(([other]) => contradict(path, other))
  const remove = [...old.keys()].filter((path) => !now.has(path) && !isTaken(path))
  return set.length === 0 && remove.length === 0 ? undefined : { set: Object.fromEntries(set), remove }
}

const createByPathType = (initial: Portable): FieldType<PathDelta> & { readonly name: 'byPath' } => ({
  name: 'byPath',
  empty: { value: objectIn(initial) },
  prepare(state, wanted) {
    if (wanted.kind === 'change') throw invalid('it is changed by its new value')
    return between(state.value, wanted.value)
  },
  apply(state, value, { timestamp, operationId }) {
    const { set, remove } = toDelta(value)
    const registers: Record<string, Register> = { ...registersOf(state) }
    const write = (path: string, members: readonly Portable[]): void => {
      const mine: Register = [timestamp, operationId, ...members]
      const theirs = registers[path]
      if (theirs === undefined || !isEarlier(mine, theirs)) registers[path] = mine
    }
    for (const path of remove) if (!Object.hasOwn(set, path)) write(path, [])
    for (const [path, member] of Object.entries(set)) write(path, [member])
    const inOrder = Object.entries(registers).sort(([, left], [, right]) => byTime(left, right))
    const root = emptyPlace()
    for (const [path, member] of leavesOf(initial)) put(root, path, member)
    for (const [path, [, , member]] of inOrder) put(root, path, member)
    const after = toValue(root) ?? {}
    assertPortable(after)
    return { value: after, hidden: registers }
  },
  /** Only where all that the first one wrote is written over: each place has the time at which it was written. */
  compose(first, second) {
    const written = new Set([...Object.keys(second.set), ...second.remove])
    const isOver = [...Object.keys(first.set), ...first.remove].every((path) => written.has(path))
    return isOver ? second : undefined
  },
  difference: (before, after) => between(before.value, after.value),
})

/**
 * A nested object that merges place by place: of each, the later write stands, by the same clock as `lastWriteWins`. Lists
 * are places, and not merged inside. It is written by its new value.
 * @param schema the zod type of the object
 * @param initial its value where nobody gave one; it must fit `schema`
 */
export const byPath = <TSchema extends z.$ZodType>(
  schema: TSchema,
  initial: z.input<TSchema> & Portable,
): TSchema & TypedField<'byPath'> => defineField(schema, createByPathType(initial))
