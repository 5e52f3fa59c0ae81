/** Up to so many items are moved one by one; more are merged in one pass over the list. */
const maxMoves = 16

export interface OrderedList<TItem> {
  /** Takes out and puts in; returns the first position at which the list differs from before. */
  readonly replace: (removed: readonly TItem[], added: readonly TItem[]) => number
  readonly slice: (from: number, to: number) => readonly TItem[]
  readonly at: (position: number) => TItem | undefined
  readonly size: () => number
  /** Keeps the first `count`; returns those that it takes out. */
  readonly cut: (count: number) => readonly TItem[]
}

/** A sorted list. `compare` is a total order, and 0 only for one and the same item. */
export const createOrderedList = <TItem extends object>(
  compare: (left: TItem, right: TItem) => number,
  initial: Iterable<TItem>,
): OrderedList<TItem> => {
  let items = [...initial].sort(compare)

  /** The position of the item, or the one that it would take. */
  const positionOf = (item: TItem): number => {
    let [low, high] = [0, items.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = items[middle]
      if (other !== undefined && compare(other, item) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  const move = (removed: readonly TItem[], added: readonly TItem[]): number => {
    let first = Number.POSITIVE_INFINITY
    for (const item of removed) {
      const position = positionOf(item)
      items.splice(position, 1)
      first = Math.min(first, position)
    }
    for (const item of added) {
      const position = positionOf(item)
      items.splice(position, 0, item)
      first = Math.min(first, position)
    }
    return first
  }

  const merge = (removed: readonly TItem[], added: readonly TItem[]): number => {
    const gone = new Set(removed.map(positionOf))
    const entering = [...added].sort(compare).map((item) => ({ item, position: positionOf(item) }))
    const merged: TItem[] = []
    let first = Number.POSITIVE_INFINITY
    let next = 0
    const enterUpTo = (position: number): void => {
      for (; next < entering.length; next += 1) {
        const entry = entering[next]
        if (entry === undefined || entry.position > position) return
        first = Math.min(first, merged.length)
        merged.push(entry.item)
      }
    }
    items.forEach((item, position) => {
      enterUpTo(position)
      if (gone.has(position)) first = Math.min(first, merged.length)
      else merged.push(item)
    })
    enterUpTo(items.length)
    items = merged
    return first
  }

  return {
    replace: (removed, added) =>
      removed.length + added.length > maxMoves ? merge(removed, added) : move(removed, added),
    slice: (from, to) => items.slice(from, to),
    at: (position) => items[position],
    size: () => items.length,
    cut: (count) => items.splice(count),
  }
}
