/**
 * A copy of plain JSON in which nothing is undefined and no object is there twice. So the transformer of the app's router
 * has nothing to annotate, and a client need not understand annotations (docs/decisions/0004).
 */
export const plainAnswer = <TAnswer>(answer: TAnswer): TAnswer => copy(answer) as TAnswer

const copy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copy)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (member === undefined ? [] : [[key, copy(member)]])),
  )
}
