import { firstTexts, isExact } from '../base/ordered-text.ts'
import type { RecordData } from '../model/record.ts'
import { indexName } from '../model/indexes.ts'
import type { Schema } from '../model/schema.ts'
import { recordEntry, type RecordEntry } from '../oplog/entries.ts'
import { indexEntryOf } from '../oplog/index-registry.ts'
import { indexPrefix, recordKey, recordPrefix } from '../oplog/keys.ts'
import { overlayOf, overlayRequests, overlaySize, type Shown } from '../oplog/staging/overlay.ts'
import type { Entry } from '../storage/contract.ts'
import type { EntryOrder, IndexPlan, Plan, RecordsPlan } from './query/plan.ts'
import type { Row } from './query/result-window.ts'
import { keyRange, readChunk, readRange, type KeyRange } from './read-range.ts'
import { both, getAll, together, type Reading } from './reading.ts'

/** Matches in no particular order. */
export interface Found {
  readonly rows: readonly Row[]
  /** Else these are the first ones, as many as were wanted or more. */
  readonly isAll: boolean
}

export interface PlanReading {
  readonly scope: string
  readonly collection: string
  readonly matches: (record: RecordData) => boolean
  /** So many matches are enough, if they are the first ones. */
  readonly wanted: number
  /** Then there is no index to go by either: that takes two. */
  readonly inOneRound: boolean
  /** Given where staged rows count, and lie on what is stored. Then all is read in one round. */
  readonly staged: Schema | undefined
}

/** What a plan finds in one scope. */
export const readPlan = (plan: Plan, reading: PlanReading): Reading<Found> => {
  switch (plan.kind) {
    case 'ids':
      return readIds(plan.ids, reading)
    case 'records':
      return readRecords(plan, reading)
    case 'index':
      return readIndex(plan, reading)
  }
}

/** The keys of the records that a plan finds: of an exact one, without reading the records. */
export function* readKeys(plan: Plan, reading: PlanReading): Reading<readonly string[]> {
  if (plan.kind !== 'index' || !plan.isExact) {
    const { rows } = yield* readPlan(plan, reading)
    return rows.map(({ key }) => key)
  }
  const { scope, collection } = reading
  const place = placeOf(plan, reading)
  const ranges = yield* together(plan.ranges.map((range) => readRange(keyRange(place, range))))
  return ranges
    .flat()
    .map(({ key }) => recordKey({ scope, collection, recordId: indexEntryOf(key, place).recordId }))
}

function* readIds(ids: readonly string[], reading: PlanReading): Reading<Found> {
  const { scope, collection } = reading
  const places = ids.map((recordId) => ({ scope, collection, recordId }))
  const stored = getAll(places.map((place) => ({ get: recordKey(place) })))
  return { rows: yield* shownRows(stored, places, reading), isAll: true }
}

/** What is shown, of stored records and of staged rows, which count in their stead. */
function* shownRows(
  stored: Reading<readonly (Entry | undefined)[]>,
  places: readonly Shown[],
  reading: PlanReading,
): Reading<readonly Row[]> {
  const { staged, matches } = reading
  if (staged === undefined) return rowsIn(yield* stored, reading)
  const [entries, overlay] = yield* both(stored, readOverlay(staged, places))
  const others = entries.filter((entry) => entry !== undefined && !overlay.has(entry.key))
  const laidOver = [...overlay].flatMap(([key, { shown }]): Row[] =>
    shown === undefined || !matches(shown) ? [] : [{ key, record: shown }],
  )
  return [...rowsIn(others, reading), ...laidOver]
}

function* readOverlay(schema: Schema, places: readonly Shown[]): Reading<ReadonlyMap<string, RecordEntry>> {
  const answers = yield places.flatMap(overlayRequests)
  const overlays = places.map((_, index) =>
    overlayOf(schema, answers.slice(index * overlaySize, (index + 1) * overlaySize)),
  )
  return new Map(overlays.flatMap((overlay) => [...overlay]))
}

const rowsIn = (entries: readonly (Entry | undefined)[], { matches }: PlanReading): readonly Row[] =>
  entries.flatMap((entry) => {
    const record = entry && recordEntry.decode(entry.value).shown
    return entry === undefined || record === undefined || !matches(record) ? [] : [{ key: entry.key, record }]
  })

function* rowsOf(ids: Iterable<string>, reading: PlanReading): Reading<readonly Row[]> {
  const { scope, collection } = reading
  const requests = [...ids].map((recordId) => ({ get: recordKey({ scope, collection, recordId }) }))
  return rowsIn(yield* getAll(requests), reading)
}

function* readRecords(plan: RecordsPlan, reading: PlanReading): Reading<Found> {
  const { scope, collection, wanted, inOneRound } = reading
  const range = keyRange(recordPrefix(scope, collection), plan.range, plan.reverse)
  if (plan.reverse === undefined || wanted === Number.POSITIVE_INFINITY || inOneRound)
    return {
      rows: yield* shownRows(readRange(range, inOneRound), [{ scope, collection }], reading),
      isAll: true,
    }
  let rows: readonly Row[] = []
  let from: string | undefined
  for (let size = sizeFor(wanted); ; size *= 2) {
    const { entries, isEnd } = yield* readChunk(range, from, size)
    rows = [...rows, ...rowsIn(entries, reading)]
    if (isEnd) return { rows, isAll: true }
    if (rows.length >= wanted) return { rows, isAll: false }
    from = entries.at(-1)?.key
  }
}

/** One more than wanted, so that a group is known to be whole; not a handful, since not all may match. */
const sizeFor = (wanted: number): number => Math.max(16, wanted + 1)

const placeOf = ({ fields }: IndexPlan, { scope, collection }: PlanReading): string =>
  indexPrefix(scope, collection, indexName(fields))

function* readIndex(plan: IndexPlan, reading: PlanReading): Reading<Found> {
  const { order, ranges } = plan
  const place = placeOf(plan, reading)
  const found = yield* together(
    ranges.map((range) =>
      order === undefined || reading.wanted === Number.POSITIVE_INFINITY
        ? readUnordered(place, keyRange(place, range), reading)
        : readFirst({ place, order, range: keyRange(place, range, order.reverse) }, reading),
    ),
  )
  return { rows: found.flatMap(({ rows }) => rows), isAll: found.every(({ isAll }) => isAll) }
}

function* readUnordered(place: string, range: KeyRange, reading: PlanReading): Reading<Found> {
  const entries = yield* readRange(range)
  return { rows: yield* rowsOf(idsOf(entries, place), reading), isAll: true }
}

const idsOf = (entries: readonly Entry[], place: string): readonly string[] =>
  entries.map(({ key }) => indexEntryOf(key, place).recordId)

interface OrderedRange {
  readonly place: string
  readonly range: KeyRange
  readonly order: EntryOrder
}

/** The first matches of a range, group by group: all that come before the last of them are among them. */
function* readFirst(ordered: OrderedRange, reading: PlanReading): Reading<Found> {
  const { place, range } = ordered
  let rows: readonly Row[] = []
  let from: string | undefined
  for (let size = sizeFor(reading.wanted); ; size *= 2) {
    const { entries, isEnd } = yield* readChunk(range, from, size)
    const cut = isEnd ? undefined : cutGroup(ordered, entries.at(-1))
    const whole = cut === undefined ? entries : entries.filter(({ key }) => !key.startsWith(cut))
    rows = [...rows, ...(yield* rowsOf(idsOf(whole, place), reading))]
    if (isEnd) return { rows, isAll: true }
    if (cut !== undefined && rows.length < reading.wanted) {
      const more = yield* readGroup(ordered, cut, { ...reading, wanted: reading.wanted - rows.length })
      rows = [...rows, ...more]
    }
    if (rows.length >= reading.wanted) return { rows, isAll: false }
    from = cut === undefined ? entries.at(-1)?.key : beyond(cut, range.reverse)
  }
}

/** The beginning of the keys of the last entry's group, where the group's first ids need not be among those read. */
const cutGroup = ({ place, order }: OrderedRange, last: Entry | undefined): string | undefined => {
  if (last === undefined) return undefined
  const group = firstTexts(indexEntryOf(last.key, place).values, order.groupBy)
  const isInOrder = order.idsInOrder && order.reverse === order.idsReverse && isExact(group)
  return isInOrder ? undefined : place + group
}

/** Ids have no character above `z`, texts none above `|` behind their mark. */
const beyond = (group: string, reverse: boolean): string => (reverse ? group : `${group}~`)

/** The first matches of one group; all of it where its entries do not lie in the order of the ids. */
function* readGroup(
  { place, range, order }: OrderedRange,
  group: string,
  reading: PlanReading,
): Reading<readonly Row[]> {
  const inside: KeyRange = { ...range, prefix: group, reverse: order.idsReverse }
  if (!order.idsInOrder || !isExact(group.slice(place.length)))
    return (yield* readUnordered(place, inside, reading)).rows
  let rows: readonly Row[] = []
  let from: string | undefined
  for (let size = sizeFor(reading.wanted); ; size *= 2) {
    const { entries, isEnd } = yield* readChunk(inside, from, size)
    rows = [...rows, ...(yield* rowsOf(idsOf(entries, place), reading))]
    if (isEnd || rows.length >= reading.wanted) return rows
    from = entries.at(-1)?.key
  }
}
