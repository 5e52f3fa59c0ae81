/**
 * A copy of plain JSON in which nothing is undefined and no object is there twice. So the transformer of the app's router
 * has nothing to annotate, and a client need not understand annotations (docs/decisions/0004).
 */
export const plainAnswer = <TAnswer>(answer: TAnswer): TAnswer => copy(answer) as TAnswer

const copy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copy)
  if (typeof value !== 'object' || value === null) return value
  const members: Record<string, unknown> = { ...value }
  const keys = Object.keys(members)
  for (const key of keys) members[key] = copy(members[key])
  return keys.some((key) => members[key] === undefined) ? withoutUndefined(members) : members
}

const withoutUndefined = (members: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined))
