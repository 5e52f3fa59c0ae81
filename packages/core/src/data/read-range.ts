import type { Entry } from '../storage/contract.ts'
import { scan, type Reading } from './reading.ts'
import type { TextRange } from './query/ranges.ts'

/** A range of a place in the keys, read from one end. */
export interface KeyRange {
  readonly prefix: string
  readonly after: string | undefined
  readonly before: string | undefined
  readonly reverse: boolean
}

export const keyRange = (place: string, { prefix, after, before }: TextRange, reverse = false): KeyRange => ({
  prefix: place + prefix,
  after: after === undefined ? undefined : place + after,
  before: before === undefined ? undefined : place + before,
  reverse,
})

export interface Chunk {
  readonly entries: readonly Entry[]
  /** There is nothing further in the range. */
  readonly isEnd: boolean
}

/** The next entries of a range, from behind the key `from` on. */
export function* readChunk(range: KeyRange, from: string | undefined, limit: number): Reading<Chunk> {
  const { prefix, after, before, reverse } = range
  const start = from ?? (reverse ? before : after)
  const isUnlimited = limit === Number.POSITIVE_INFINITY
  const found = yield* scan({
    scan: prefix,
    after: start,
    limit: isUnlimited ? undefined : limit,
    reverse: reverse ? true : undefined,
  })
  const isInside = ({ key }: Entry): boolean =>
    (after === undefined || key > after) && (before === undefined || key < before)
  const entries = found.filter(isInside)
  return { entries, isEnd: isUnlimited || found.length < limit || entries.length < found.length }
}

/** Of a range that has an end before its prefix's, so much is read at first, then twice as much each time. */
const firstChunk = 64

/** All of a range: not much more is read than is in it. */
export function* readRange(range: KeyRange, inOneRound = false): Reading<readonly Entry[]> {
  const isBounded = (range.reverse ? range.after : range.before) !== undefined
  let all: readonly Entry[] = []
  let size = isBounded && !inOneRound ? firstChunk : Number.POSITIVE_INFINITY
  for (;;) {
    const { entries, isEnd } = yield* readChunk(range, all.at(-1)?.key, size)
    all = [...all, ...entries]
    if (isEnd) return all
    size *= 2
  }
}
