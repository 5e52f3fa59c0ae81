/** What the simulation's report says in numbers; NaN where it does not. */
export interface SimReport {
  readonly ran: number
  readonly failures: number
  /** The least of all worlds. */
  readonly events: number
  /** Seeds per second of one core. */
  readonly speed: number
  readonly counters: readonly number[]
  /** The same by what was counted. */
  readonly counts: Readonly<Record<string, number>>
}

export const readReport = (report: string): SimReport => {
  const counted = [...report.matchAll(/^ +(\d+) {2}([^:\n]+)/gm)].map(
    ([, count, name = '']): readonly [string, number] => [name, Number(count)],
  )
  const numberIn = (pattern: RegExp): number => Number(pattern.exec(report)?.[1] ?? Number.NaN)
  return {
    ran: numberIn(/^(\d+) seeds, \d+ failures/m),
    failures: numberIn(/^\d+ seeds, (\d+) failures/m),
    events: numberIn(/events per seed: (\d+) at least/),
    speed: numberIn(/, ([\d.]+) seeds per second of one core$/m),
    counters: counted.map(([, count]) => count),
    counts: Object.fromEntries(counted),
  }
}
