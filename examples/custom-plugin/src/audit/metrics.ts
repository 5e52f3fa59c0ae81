/** Counts by name: of hooks, verdicts, states. */
export interface Metrics {
  readonly count: (name: string) => void
  readonly read: () => Readonly<Record<string, number>>
}

export const createMetrics = (): Metrics => {
  const counts = new Map<string, number>()
  return {
    count: (name) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    read: () => Object.fromEntries([...counts].sort(([left], [right]) => (left < right ? -1 : 1))),
  }
}
