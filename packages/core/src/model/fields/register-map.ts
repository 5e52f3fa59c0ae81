import * as z from 'zod/mini'
import { SyncError } from '../../base/errors.ts'
import { ownMember } from '../../base/objects.ts'
import {
  assertPortable,
  isPortableList,
  isPortableObject,
  portableEquals,
  type Portable,
} from '../../base/portable.ts'
import {
  defineField,
  fieldChange,
  type Applying,
  type FieldChange,
  type FieldState,
  type FieldType,
  type TypedField,
} from '../field-type.ts'

/** Keys with their new values; a key that is removed stands under `remove`. */
interface MapDelta {
  readonly [key: string]: Portable
  readonly set: Members
  readonly remove: readonly string[]
}

type Members = { readonly [key: string]: Portable }

/** When a key was written last, and by which operation; kept of removed keys too. */
type Stamp = readonly [timestamp: number, operationId: string]

const invalid = (reason: string): SyncError =>
  new SyncError('INVALID', `A map can't be changed by this: ${reason}.`, { reason })

const membersIn = (value: Portable | undefined): Members => {
  if (value === undefined) return {}
  if (isPortableObject(value)) return value
  throw invalid('it is no object')
}

const toDelta = (delta: Portable): MapDelta => {
  const { set, remove } = isPortableObject(delta) ? delta : {}
  if (!isPortableObject(set) || !isPortableList(remove)) throw invalid('it is no delta of a map')
  if (!remove.every((key) => typeof key === 'string')) throw invalid('its removed keys must be texts')
  // A removed key is kept as a key.
  assertPortable(Object.fromEntries(remove.map((key) => [key, null])))
  return { set, remove }
}

const toDeltaOrNothing = (delta: MapDelta): MapDelta | undefined =>
  Object.keys(delta.set).length === 0 && delta.remove.length === 0 ? undefined : delta

const stampsOf = ({ hidden }: FieldState): Readonly<Record<string, Stamp>> =>
  membersIn(hidden) as unknown as Readonly<Record<string, Stamp>>

const isLater = (mine: Stamp, theirs: Stamp | undefined): boolean =>
  theirs === undefined || mine[0] > theirs[0] || (mine[0] === theirs[0] && mine[1] >= theirs[1])

/** What leads from one value to another. */
const between = (before: Members, after: Members): MapDelta | undefined => {
  const set = Object.entries(after).filter(([key, member]) => !portableEquals(ownMember(before, key), member))
  const remove = Object.keys(before).filter((key) => !Object.hasOwn(after, key))
  return toDeltaOrNothing({ set: Object.fromEntries(set), remove })
}

const applyTo = (
  state: FieldState,
  { set, remove }: MapDelta,
  { timestamp, operationId }: Applying,
): FieldState => {
  const value: Record<string, Portable> = { ...membersIn(state.value) }
  const stamps: Record<string, Stamp> = { ...stampsOf(state) }
  const mine: Stamp = [timestamp, operationId]
  for (const key of new Set([...remove, ...Object.keys(set)])) {
    if (!isLater(mine, ownMember(stamps, key))) continue
    stamps[key] = mine
    const member = Object.hasOwn(set, key) ? set[key] : undefined
    if (member === undefined) delete value[key]
    else value[key] = member
  }
  return { value, hidden: stamps }
}

/** A map of last-write-wins registers. A removed key keeps its stamp: that bounds it by the keys ever used. */
const registerMapType: FieldType<MapDelta> & { readonly name: 'registerMap' } = {
  name: 'registerMap',
  empty: { value: {} },
  prepare({ value }, wanted) {
    const there = membersIn(value)
    if (wanted.kind === 'set') return between(there, membersIn(wanted.value))
    const { set, remove } = toDelta(wanted.input)
    return toDeltaOrNothing({ set, remove: remove.filter((key) => Object.hasOwn(there, key)) })
  },
  apply: (state, delta, applying) => applyTo(state, toDelta(delta), applying),
  /** Only where all that the first one wrote is written over: each key has the time at which it was written. */
  compose(first, second) {
    const written = new Set([...Object.keys(second.set), ...second.remove])
    const isOver = [...Object.keys(first.set), ...first.remove].every((key) => written.has(key))
    return isOver ? second : undefined
  },
  difference: (before, after) => between(membersIn(before.value), membersIn(after.value)),
}

/**
 * An object whose keys are written one by one: of each key the later write stands, by the same clock as
 * `lastWriteWins`. Setting it to an object counts as what that changes. Starts empty.
 */
export const registerMap = <TMember extends z.core.SomeType>(
  member: TMember,
): z.ZodMiniRecord<z.ZodMiniString<string>, TMember> & TypedField<'registerMap'> =>
  defineField(z.record(z.string(), member), registerMapType)

/** Writes some keys of a `registerMap`; undefined removes one. */
export const setKeys = (keys: {
  readonly [key: string]: Portable | undefined
}): FieldChange<'registerMap'> => {
  const entries = Object.entries(keys)
  const set = entries.flatMap(([key, member]) => (member === undefined ? [] : [[key, member] as const]))
  const remove = entries.filter(([, member]) => member === undefined).map(([key]) => key)
  return fieldChange('registerMap', { set: Object.fromEntries(set), remove })
}
