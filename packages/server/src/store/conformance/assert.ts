const show = (value: unknown): string => {
  const text =
    JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? `${member}n` : member)) ??
    String(value)
  return text.length > 400 ? `${text.slice(0, 400)}...` : text
}

const fail = (message: string): never => {
  throw new Error(message)
}

const sorted = (value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Date) return `date ${value.toISOString()}`
  if (value instanceof Uint8Array) return `bytes ${value.join()}`
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const entries: [string, unknown][] = Object.entries(value)
  return Object.fromEntries(
    entries.map(([key, member]) => [key, sorted(member)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** Deep equality of plain data; the order of keys does not matter. */
export const equal = (actual: unknown, expected: unknown, what: string): void => {
  if (JSON.stringify(sorted(actual)) !== JSON.stringify(sorted(expected))) {
    fail(`${what}: expected ${show(expected)}, got ${show(actual)}`)
  }
}

/** Answers with what was thrown. */
export const rejects = async (run: () => Promise<unknown>, what: string): Promise<unknown> => {
  let answer: unknown
  try {
    answer = await run()
  } catch (error) {
    return error
  }
  return fail(`${what}: expected it to reject, but it resolved to ${show(answer)}`)
}
