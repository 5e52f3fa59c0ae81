import type { Entry, Key } from '@holdfast/core/storage'

/** Entries in the order of their keys. */
export interface SortedMap {
  readonly get: (key: Key) => Entry | undefined
  readonly set: (entry: Entry) => void
  readonly delete: (key: Key) => void
  /** From `from` (included) up to `to` (excluded), or backwards from there. */
  readonly range: (from: Key, to: Key, limit: number, reverse: boolean) => readonly Entry[]
  readonly all: () => readonly Entry[]
}

/** Keys are ASCII, so that `<` compares bytes. */
export const createSortedMap = (entries: readonly Entry[]): SortedMap => {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  const keys = [...byKey.keys()].sort()

  /** How many keys are below this one. */
  const below = (key: Key): number => {
    let [low, high] = [0, keys.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((keys[middle] ?? '') < key) low = middle + 1
      else high = middle
    }
    return low
  }
  const entriesOf = (some: readonly Key[]): readonly Entry[] => some.flatMap((key) => byKey.get(key) ?? [])

  return {
    get: (key) => byKey.get(key),
    set(entry) {
      if (!byKey.has(entry.key)) keys.splice(below(entry.key), 0, entry.key)
      byKey.set(entry.key, entry)
    },
    delete(key) {
      if (byKey.delete(key)) keys.splice(below(key), 1)
    },
    range(from, to, limit, reverse) {
      const [first, end] = [below(from), below(to)]
      if (!reverse) return entriesOf(keys.slice(first, Math.min(end, first + limit)))
      return entriesOf(keys.slice(Math.max(first, end - limit), Math.max(first, end)).toReversed())
    },
    all: () => entriesOf(keys),
  }
}
