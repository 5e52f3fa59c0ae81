import { runTool } from '../run-tool.ts'
import type { Proof } from '../proof.ts'
import { readReport } from '../sim-report.ts'

const seeds = 1_000
const leastEvents = 200
const leastSpeed = 20

export const proof: Proof = {
  title: 'A thousand seeded worlds keep every promise, and everything that may happen did.',
  async run() {
    const { code, output } = await runTool('sim', '--seeds', `${seeds}`)
    const { ran, failures, events, speed, counters } = readReport(output)
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
