import type { Decided } from '../../protocol/parts.ts'

/** Numbers from the first to the last. Sorted, apart from each other. */
export type Ranges = readonly (readonly [first: number, last: number])[]

/** With more gaps than these the narrowest are closed: then more may count as removed than was. */
const mostRanges = 200

export const addNumbers = (ranges: Ranges, numbers: readonly number[]): Ranges => {
  const all = [...ranges, ...numbers.map((number) => [number, number] as const)]
  return narrowed(
    joined(
      all.toSorted(([left], [right]) => left - right),
      1,
    ),
  )
}

const joined = (sorted: Ranges, distance: number): Ranges => {
  const result: (readonly [number, number])[] = []
  for (const [first, last] of sorted) {
    const before = result.at(-1)
    if (before === undefined || first > before[1] + distance) result.push([first, last])
    else result[result.length - 1] = [before[0], Math.max(before[1], last)]
  }
  return result
}

const narrowed = (ranges: Ranges): Ranges => {
  if (ranges.length <= mostRanges) return ranges
  const gaps = ranges.slice(1).map(([first], index) => first - (ranges[index]?.[1] ?? 0))
  const widest = gaps.toSorted((left, right) => left - right)[ranges.length - mostRanges - 1] ?? 1
  return joined(ranges, widest)
}

/** How many of them the server does not know, and what is left without them. */
export const splitUnknown = (
  ranges: Ranges,
  { watermark, above }: Decided,
): { readonly known: Ranges; readonly unknown: number } => {
  const known: (readonly [number, number])[] = []
  let unknown = 0
  for (const [first, last] of ranges) {
    if (first <= watermark) known.push([first, Math.min(last, watermark)])
    unknown += Math.max(0, last - Math.max(first - 1, watermark))
  }
  const found = above.filter((number) => ranges.some(([first, last]) => number >= first && number <= last))
  return { known: addNumbers(known, found), unknown: unknown - found.length }
}
