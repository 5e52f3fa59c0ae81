import { runTool } from '../run-tool.ts'
import type { Proof } from '../proof.ts'

const seeds = 1_000
const leastEvents = 200
const leastSpeed = 20

/** The number that `pattern` captures in the simulation's report; NaN where it does not say. */
const numberIn = (report: string, pattern: RegExp): number => Number(pattern.exec(report)?.[1] ?? Number.NaN)

export const proof: Proof = {
  title: 'A thousand seeded worlds keep every promise, and everything that may happen did.',
  async run() {
    const { code, output } = await runTool('sim', '--seeds', `${seeds}`)
    const ran = numberIn(output, /^(\d+) seeds, \d+ failures/m)
    const failures = numberIn(output, /^\d+ seeds, (\d+) failures/m)
    const events = numberIn(output, /events per seed: (\d+) at least/)
    const speed = numberIn(output, /, ([\d.]+) seeds per second of one core$/m)
    const counters = [...output.matchAll(/^ +(\d+) {2}\S/gm)].map(([, count]) => Number(count))
    const happened = counters.filter((count) => count > 0).length
    const all = counters.length > 0 && happened === counters.length
    const holds =
      code === 0 && ran >= seeds && failures === 0 && events >= leastEvents && speed >= leastSpeed && all
    if (!holds) console.error(output)
    return {
      holds,
      figure:
        `${ran} seeds, ${failures} failures, at least ${events} events each, ${speed} seeds/s/core, ` +
        `${happened} of ${counters.length} counters above zero`,
    }
  },
}
