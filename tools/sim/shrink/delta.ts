/** Whether the rest still shows what was looked for. */
export type Shows<TItem> = (items: readonly TItem[]) => Promise<boolean>

const without = <TItem>(items: readonly TItem[], from: number, to: number): readonly TItem[] => [
  ...items.slice(0, from),
  ...items.slice(to),
]

/**
 * Delta debugging (Zeller and Hildebrandt): leaves out ever smaller parts, as long as the rest still shows it. What
 * is left can spare no single item, unless `isSpent` ended it before.
 */
export const fewest = async <TItem>(
  all: readonly TItem[],
  shows: Shows<TItem>,
  isSpent: () => boolean,
): Promise<readonly TItem[]> => {
  let items = all
  let size = Math.ceil(items.length / 2)
  while (size >= 1 && items.length > 0 && !isSpent()) {
    const before = items.length
    // From the end: what came last matters least to what came before.
    for (let to = items.length; to > 0 && !isSpent(); to -= size) {
      const rest = without(items, Math.max(0, to - size), to)
      if (await shows(rest)) items = rest
    }
    if (size === 1 && items.length === before) break
    size = items.length < before && size === 1 ? 1 : Math.min(Math.floor(size / 2), items.length)
  }
  return items
}
