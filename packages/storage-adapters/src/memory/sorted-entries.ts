import type { Entry, Key } from '@holdfast/core/storage'

/** Entries in the order of their keys. */
export interface SortedEntries {
  get(key: Key): Entry | undefined
  set(entry: Entry): void
  delete(key: Key): void
  /** From `from` (included) up to `to` (excluded), or backwards from there. */
  range(from: Key, to: Key, limit: number, reverse: boolean): readonly Entry[]
}

const chunkSize = 512

type Chunk = Entry[]

/** The number of items before the first that is not below the key, in a sorted list. */
const countBelow = <TItem>(items: readonly TItem[], isBelow: (item: TItem) => boolean): number => {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    if (item !== undefined && isBelow(item)) low = middle + 1
    else high = middle
  }
  return low
}

const lastKey = (chunk: Chunk): Key => chunk[chunk.length - 1]?.key ?? ''

/** Sorted chunks of bounded size: an insertion moves at most one chunk, a lookup is two binary searches. */
export const createSortedEntries = (): SortedEntries => {
  const chunks: Chunk[] = []

  const locate = (key: Key): { readonly at: number; readonly index: number } => {
    const at = countBelow(chunks, (chunk) => lastKey(chunk) < key)
    const index = countBelow(chunks[at] ?? [], (entry) => entry.key < key)
    return { at, index }
  }

  const insert = (entry: Entry, at: number, index: number): void => {
    const chunk = chunks[at]
    const last = chunks[chunks.length - 1]
    if (chunk !== undefined) chunk.splice(index, 0, entry)
    else if (last !== undefined && last.length < chunkSize) last.push(entry)
    else chunks.push([entry])
    if (chunk !== undefined && chunk.length > chunkSize) chunks.splice(at + 1, 0, chunk.splice(chunkSize / 2))
  }

  const forward = (from: Key, to: Key, limit: number): Entry[] => {
    const found: Entry[] = []
    let { at, index } = locate(from)
    for (; at < chunks.length; at += 1, index = 0) {
      const chunk = chunks[at] ?? []
      for (; index < chunk.length; index += 1) {
        const entry = chunk[index]
        if (entry === undefined || found.length >= limit || entry.key >= to) return found
        found.push(entry)
      }
    }
    return found
  }

  const backward = (from: Key, to: Key, limit: number): Entry[] => {
    const found: Entry[] = []
    const end = locate(to)
    for (let { at } = end; at >= 0; at -= 1) {
      const chunk = chunks[at] ?? []
      for (let index = (at === end.at ? end.index : chunk.length) - 1; index >= 0; index -= 1) {
        const entry = chunk[index]
        if (entry === undefined || found.length >= limit || entry.key < from) return found
        found.push(entry)
      }
    }
    return found
  }

  return {
    get(key) {
      const { at, index } = locate(key)
      const entry = chunks[at]?.[index]
      return entry?.key === key ? entry : undefined
    },
    set(entry) {
      const { at, index } = locate(entry.key)
      const chunk = chunks[at]
      if (chunk?.[index]?.key === entry.key) chunk[index] = entry
      else insert(entry, at, index)
    },
    delete(key) {
      const { at, index } = locate(key)
      const chunk = chunks[at]
      if (chunk?.[index]?.key !== key) return
      chunk.splice(index, 1)
      if (chunk.length === 0) chunks.splice(at, 1)
    },
    range: (from, to, limit, reverse) => (reverse ? backward(from, to, limit) : forward(from, to, limit)),
  }
}
