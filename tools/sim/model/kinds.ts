import { atPlaces, isObject, leavesOf, type Place } from './places.ts'
import { isSame, type Data, type Value } from './values.ts'

/** A field with a type of its own, as a record holds it: its value, and what is kept beside it. */
export interface Kept {
  readonly value: Value
  readonly beside: Value | undefined
}

/** Which operation writes, and when. */
export interface Writer {
  readonly id: string
  readonly timestamp: number
  /** The version that the record gets by it. */
  readonly version: number
}

/** It builds on what is not there, on a version that never was, or goes beyond the end. */
export type Misplaced = 'missing' | 'never' | 'beyond'

/** A field type, as plain as it can be told. */
export interface Kind {
  readonly name: string
  readonly empty: Value
  /** What the product keeps beside the value is more than the model needs, and is not compared. */
  readonly isLoose?: true
  /** The field after what one operation says about it. */
  readonly after: (kept: Kept, delta: Value, writer: Writer) => Kept | Misplaced
  /** Whether a device shows anything of what finds no place. Always, where a kind does not say. */
  readonly isShown?: (delta: Value) => boolean
  /** What has to be said about it so that it gets this value. */
  readonly toward: (kept: Kept, value: Value, writer: Writer) => Value
}

/** All that was said is added up. */
export const counter: Kind = {
  name: 'counter',
  empty: 0,
  after: ({ value }, delta) => ({ value: Number(value) + Number(delta), beside: undefined }),
  toward: ({ value }, wanted) => Number(wanted) - Number(value),
}

type Tagged = readonly [tag: string, member: Value]

interface Tags {
  readonly members: readonly Tagged[]
  /** Removed while they were not there. */
  readonly gone: readonly string[]
}

interface SetDelta {
  readonly add: readonly Tagged[]
  readonly remove: readonly string[]
}

const tagsOf = ({ beside }: Kept): Tags => (beside ?? { members: [], gone: [] }) as unknown as Tags

const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** Each adding has a name. What was added is there until somebody who knows the name removes it. */
export const orSet: Kind = {
  name: 'orSet',
  empty: [],
  after(kept, delta) {
    const { add, remove } = delta as unknown as SetDelta
    const { members, gone } = tagsOf(kept)
    const living = new Map(members)
    const dead = new Set(gone)
    for (const [tag, member] of add) if (!dead.has(tag)) living.set(tag, member)
    for (const tag of remove) if (!living.delete(tag)) dead.add(tag)
    const value = [...new Set(living.values())].sort((left, right) =>
      byText(JSON.stringify(left), JSON.stringify(right)),
    )
    const beside = {
      members: [...living].sort(([left], [right]) => byText(left, right)),
      gone: [...dead].sort(byText),
    }
    return { value, beside }
  },
  toward(kept, value, { id }) {
    const [before, wanted] = [kept.value as readonly Value[], value as readonly Value[]]
    const added = wanted.filter((member) => !before.includes(member))
    const removed = tagsOf(kept).members.filter(([, member]) => !wanted.includes(member))
    return {
      add: added.map((member, index) => [`${id}.${index}`, member]),
      remove: removed.map(([tag]) => tag),
    }
  },
}

type Stamp = readonly [timestamp: number, id: string, ...value: readonly Value[]]

const isBefore = ([at, id]: Stamp, [otherAt, otherId]: Stamp): boolean =>
  at < otherAt || (at === otherAt && id < otherId)

interface KeysDelta {
  readonly set: Data
  readonly remove: readonly string[]
}

/** Of each key the latest write stands, a removal too. */
export const registerMap: Kind = {
  name: 'registerMap',
  empty: {},
  after({ value, beside }, delta, { id, timestamp }) {
    const { set, remove } = delta as unknown as KeysDelta
    const stamps = new Map(Object.entries((beside ?? {}) as Readonly<Record<string, Stamp>>))
    const members = new Map(Object.entries(value as Data))
    for (const key of new Set([...remove, ...Object.keys(set)])) {
      const theirs = stamps.get(key)
      if (theirs !== undefined && isBefore([timestamp, id], theirs)) continue
      stamps.set(key, [timestamp, id])
      const member = set[key]
      if (member === undefined) members.delete(key)
      else members.set(key, member)
    }
    return { value: Object.fromEntries(members), beside: Object.fromEntries(stamps) }
  },
  toward({ value }, wanted) {
    const [before, after] = [value as Data, wanted as Data]
    return {
      set: Object.fromEntries(Object.entries(after).filter(([key, member]) => !isSame(before[key], member))),
      remove: Object.keys(before).filter((key) => after[key] === undefined),
    }
  },
}

/** Of each place in an object the latest write stands, unless what contradicts it was written later. */
export const byPath = (initial: Data): Kind => ({
  name: 'byPath',
  empty: initial,
  after({ beside }, delta, { id, timestamp }) {
    const { set, remove } = delta as unknown as KeysDelta
    const stamps = new Map(Object.entries((beside ?? {}) as Readonly<Record<string, Stamp>>))
    const write = (path: string, value: readonly Value[]): void => {
      const theirs = stamps.get(path)
      const mine: Stamp = [timestamp, id, ...value]
      if (theirs === undefined || !isBefore(mine, theirs)) stamps.set(path, mine)
    }
    for (const path of remove) if (set[path] === undefined) write(path, [])
    for (const [path, value] of Object.entries(set)) write(path, [value])
    const first: readonly Place[] = leavesOf(initial).map(([path, value]) => ({
      path,
      value,
      stamp: undefined,
    }))
    const written: readonly Place[] = [...stamps].map(([path, stamp]) => ({
      path: JSON.parse(path) as readonly string[],
      value: stamp[2],
      stamp,
    }))
    return { value: atPlaces([...first, ...written]), beside: Object.fromEntries(stamps) }
  },
  toward: ({ value }, wanted) => {
    if (isObject(value) && isSame(value, wanted)) return { set: {}, remove: [] }
    throw new Error('No operation of the model writes an object by its places.')
  },
})
