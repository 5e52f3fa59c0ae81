const deepest = 64

/**
 * Any value as one line in which equal values look equal: keys sorted, -0 as 0, what is no data by its type. For
 * comparing whatever a strategy answered, and for showing it.
 */
export const canonical = (value: unknown, depth = 0): string => {
  if (depth > deepest) return '...'
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value === 0 ? 0 : value)
    case 'symbol':
    case 'function':
      return `(${typeof value})`
    case 'object':
      return value === null ? 'null' : canonicalObject(value, depth)
  }
}

const canonicalObject = (value: object, depth: number): string => {
  if (value instanceof Date) {
    return `Date(${Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()})`
  }
  if (value instanceof Uint8Array) return `Uint8Array(${value.join()})`
  if (Array.isArray(value)) return `[${value.map((member) => canonical(member, depth + 1)).join(', ')}]`
  const members = Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}: ${canonical(member, depth + 1)}`)
  return `{${members.join(', ')}}`
}
