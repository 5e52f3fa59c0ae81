import { isExact, orderedText } from '../../base/ordered-text.ts'
import { indexName, type IndexFields } from '../../model/indexes.ts'
import { choicesOf, conjunctionOf, type Conjunction, type Term } from './conjunction.ts'
import { isId, narrow, narrowIds, type TextRange } from './ranges.ts'
import type { AnyQuery } from './query.ts'

/** How to find what a query may show. Whether it matches is to be seen from the records, unless `isExact`. */
export type Plan = IdsPlan | RecordsPlan | IndexPlan

/** These records and no others. */
export interface IdsPlan {
  readonly kind: 'ids'
  readonly ids: readonly string[]
}

/** The records themselves, which lie in the order of their ids. */
export interface RecordsPlan {
  readonly kind: 'records'
  readonly range: TextRange
  /** That is the query's order too; true: downwards. Undefined: it is another one. */
  readonly reverse: boolean | undefined
}

/** By an index; no record is in two of the ranges. */
export interface IndexPlan {
  readonly kind: 'index'
  readonly fields: IndexFields
  readonly ranges: readonly TextRange[]
  /** Undefined: within a range the entries do not lie in the query's order. */
  readonly order: EntryOrder | undefined
  /** Every entry in the ranges is one of a match. */
  readonly isExact: boolean
}

/** How the entries of a range come in the query's order. */
export interface EntryOrder {
  /** Entries with the same first values are one group: the query's order tells them apart by their ids alone. */
  readonly groupBy: number
  /** Groups are read downwards. */
  readonly reverse: boolean
  /** Within a group the ids go down. */
  readonly idsReverse: boolean
  /** Within a group the entries lie in the order of their ids. */
  readonly idsInOrder: boolean
}

/** More than so many ranges are no better than reading all. */
const mostRanges = 256

/** The best plan with these indexes. Pure: the same on every device. Expects a query that `checkQuery` has passed. */
export const planQuery = (query: AnyQuery, indexes: readonly IndexFields[]): Plan => {
  const conjunction = conjunctionOf(query.where ?? {})
  const ids = idsIn(conjunction.terms)
  if (ids !== undefined) return { kind: 'ids', ids }
  const fits = indexes.map((fields) => fitIndex(fields, conjunction, query))
  const [best] = fits.filter(isUseful(query)).toSorted(byWorth)
  if (best !== undefined) return best.plan
  const { fields, idsReverse } = orderOf(query)
  return {
    kind: 'records',
    range: narrowIds(conjunction.terms),
    reverse: fields.length === 0 ? idsReverse : undefined,
  }
}

/** As `planQuery`, for the number of matches: entries that are enough by themselves are less to read than records. */
export const planCount = (query: AnyQuery, indexes: readonly IndexFields[]): Plan => {
  const plan = planQuery(query, indexes)
  const [smallest] = indexes.toSorted((left, right) => left.length - right.length)
  const { terms, isComplete } = conjunctionOf(query.where ?? {})
  if (terms.length > 0 || !isComplete || smallest === undefined) return plan
  return { kind: 'index', fields: smallest, ranges: [{ prefix: '' }], order: undefined, isExact: true }
}

const idsIn = (terms: readonly Term[]): readonly string[] | undefined => {
  for (const term of terms) {
    const found = term.path === 'id' ? choicesOf(term) : undefined
    if (found !== undefined) return [...new Set(found.filter(isId))]
  }
  return undefined
}

interface Fit {
  readonly plan: IndexPlan
  /** Fields whose value is known. */
  readonly equal: number
  /** A further field lies between bounds. */
  readonly isBounded: boolean
}

const isUseful =
  ({ limit }: AnyQuery) =>
  ({ equal, isBounded, plan }: Fit): boolean =>
    equal > 0 || isBounded || (limit !== undefined && plan.order !== undefined)

/** What leaves fewer to read comes first, then what needs no sorting, then the smaller index. */
const byWorth = (left: Fit, right: Fit): number =>
  right.equal - left.equal ||
  Number(right.isBounded) - Number(left.isBounded) ||
  Number(right.plan.order !== undefined) - Number(left.plan.order !== undefined) ||
  left.plan.fields.length - right.plan.fields.length ||
  (indexName(left.plan.fields) < indexName(right.plan.fields) ? -1 : 1)

const fitIndex = (fields: IndexFields, { terms, isComplete }: Conjunction, query: AnyQuery): Fit => {
  const exactFor = new Set<Term>()
  let prefixes: readonly string[] = ['']
  let equal = 0
  for (const path of fields) {
    const term = terms.find((one) => one.path === path && choicesOf(one) !== undefined)
    const texts = [...new Set((term && choicesOf(term))?.map(orderedText))]
    if (term === undefined || prefixes.length * texts.length > mostRanges) break
    prefixes = prefixes.flatMap((prefix) => texts.map((text) => prefix + text))
    if (texts.every(isExact)) exactFor.add(term)
    equal += 1
  }
  const bounded = narrow(terms.filter(({ path }) => path === fields[equal]))
  for (const term of bounded?.exactFor ?? []) exactFor.add(term)
  const ranges = prefixes.map((prefix) => within(prefix, bounded?.range ?? { prefix: '' }))
  return {
    plan: {
      kind: 'index',
      fields,
      ranges,
      order: orderAfter(fields, equal, query),
      isExact: isComplete && terms.every((term) => exactFor.has(term)),
    },
    equal,
    isBounded: bounded !== undefined,
  }
}

const within = (start: string, { prefix, after, before }: TextRange): TextRange => ({
  prefix: start + prefix,
  after: after && start + after,
  before: before && start + before,
})

/** The order behind `equal` known values, if it is the query's. */
const orderAfter = (fields: IndexFields, equal: number, query: AnyQuery): EntryOrder | undefined => {
  const known = fields.slice(0, equal)
  const order = orderOf(query)
  const sorted = order.fields.filter(({ path }) => !known.includes(path))
  const groupBy = equal + sorted.length
  const [first] = sorted
  const isSame = sorted.every(
    ({ path, reverse }, index) => path === fields[equal + index] && reverse === first?.reverse,
  )
  const idsInOrder = groupBy === fields.length
  // Where nothing but the ids is sorted by, one group is all there is.
  if (!isSame || (first === undefined && !idsInOrder)) return undefined
  const { idsReverse } = order
  return { groupBy, reverse: first?.reverse ?? idsReverse, idsReverse, idsInOrder }
}

/** What a query sorts by before it comes to the id, and which way the ids go. */
const orderOf = ({
  orderBy,
}: AnyQuery): {
  readonly fields: readonly { readonly path: string; readonly reverse: boolean }[]
  readonly idsReverse: boolean
} => {
  const order = Object.entries(orderBy ?? {}).map(([path, direction]) => ({
    path,
    reverse: direction === 'desc',
  }))
  const id = order.findIndex(({ path }) => path === 'id')
  return {
    fields: id === -1 ? order : order.slice(0, id),
    idsReverse: id !== -1 && order[id]?.reverse === true,
  }
}
