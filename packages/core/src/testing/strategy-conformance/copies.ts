/**
 * Copies data down to its dates and bytes. What one place shares with another it still shares afterwards, as in
 * conflicts on the server, whose sides share what nobody changed. `order` says in which order objects get their keys.
 */
const copier = (order: (keys: string[]) => string[]): (<TValue>(value: TValue) => TValue) => {
  const made = new Map<object, unknown>()
  const make = (value: object): unknown => {
    if (value instanceof Date) return new Date(value)
    if (value instanceof Uint8Array) return value.slice()
    if (Array.isArray(value)) return value.map(copy)
    const members = value as Readonly<Record<string, unknown>>
    return Object.fromEntries(order(Object.keys(members)).map((key) => [key, copy(members[key])]))
  }
  const copy = <TValue>(value: TValue): TValue => {
    if (typeof value !== 'object' || value === null) return value
    const known = made.get(value) ?? make(value)
    made.set(value, known)
    return known as TValue
  }
  return copy
}

export const copyOf = <TValue>(value: TValue): TValue => copier((keys) => keys)(value)

/** The same, each object with its keys the other way round. */
export const reversedCopyOf = <TValue>(value: TValue): TValue => copier((keys) => keys.toReversed())(value)

/** Dates and bytes can't be frozen; whether they changed has to be looked at afterwards. */
export const freeze = <TValue>(value: TValue): TValue => {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  for (const member of Object.values(value)) freeze(member)
  return Object.freeze(value)
}
