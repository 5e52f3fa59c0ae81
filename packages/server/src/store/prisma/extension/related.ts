import type { Values } from './client.ts'
import { isOpen, type Reach, type TrackedId } from './reach.ts'
import { isObject, listOf, textIn } from './values.ts'

/** A record whose row is written. */
export interface Mark {
  readonly collection: string
  readonly id: string
}

export const marksIn = (tracked: readonly TrackedId[], row: Values): readonly Mark[] =>
  tracked.flatMap(({ collection, field }) => {
    const id = textIn(row[field])
    return id === undefined ? [] : [{ collection, id }]
  })

export const selectAll = (fields: readonly string[]): Values =>
  Object.fromEntries(fields.map((field) => [field, true]))

export const fieldsOf = (tracked: readonly TrackedId[]): readonly string[] =>
  tracked.map(({ field }) => field)

/** The rows that the write itself names. */
export const namedIn = (reaches: readonly Reach[]): readonly Mark[] =>
  reaches.flatMap(({ tracked, named, further }) => [
    ...named.flatMap((row) => marksIn(tracked, row)),
    ...namedIn(further),
  ])

/** What to select of a row for the related ones that the write does not name. */
export const selectionOf = (reaches: readonly Reach[]): Values =>
  Object.fromEntries(
    reaches
      .filter((reach) => isOpen([reach]))
      .map(({ relation, tracked, further }) => {
        return [relation.name, { select: { ...selectAll(fieldsOf(tracked)), ...selectionOf(further) } }]
      }),
  )

/** The rows that were found by such a selection, by how the write reaches them. */
export const relatedIn = (
  reaches: readonly Reach[],
  rows: readonly Values[],
): ReadonlyMap<Reach, readonly Values[]> => {
  const found = new Map<Reach, readonly Values[]>()
  for (const reach of reaches) {
    const related = rows.flatMap((row) => listOf(row[reach.relation.name])).filter(isObject)
    found.set(reach, related)
    for (const [further, more] of relatedIn(reach.further, related)) found.set(further, more)
  }
  return found
}

export const marksOf = (related: ReadonlyMap<Reach, readonly Values[]>): readonly Mark[] =>
  [...related].flatMap(([{ tracked }, rows]) => rows.flatMap((row) => marksIn(tracked, row)))
