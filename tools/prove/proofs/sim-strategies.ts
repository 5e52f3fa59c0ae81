import { meetings } from '../../sim/counters.ts'
import { runTool } from '../run-tool.ts'
import type { Proof } from '../proof.ts'
import { readReport } from '../sim-report.ts'

const seeds = 2_000

/** Every world has all strategies, delete policies and field types, and a bank. */
const params = { varied: 0.7, weights: { pay: 24 } }

export const proof: Proof = {
  title:
    'Two thousand seeded worlds with every strategy, delete policy and field type, and with server halves, keep every promise.',
  async run() {
    const { code, output } = await runTool('sim', '--seeds', `${seeds}`, '--params', JSON.stringify(params))
    const { ran, failures, speed, counters, counts } = readReport(output)
    const happened = counters.filter((count) => count > 0).length
    const met = meetings.map((name) => ({ name, count: counts[name] ?? 0 }))
    for (const { name, count } of met) console.log(`${String(count).padStart(6)}  met ${name}`)
    const all = happened === counters.length && met.every(({ count }) => count > 0)
    const holds = code === 0 && ran >= seeds && failures === 0 && all
    if (!holds) console.error(output)
    const fewest = met.reduce((least, one) => (one.count < least.count ? one : least))
    return {
      holds,
      figure:
        `${ran} seeds, ${failures} failures, ${speed} seeds/s/core, ${happened} of ${counters.length} counters ` +
        `above zero; ${met.length} rules met, ${fewest.name} least often (${fewest.count})`,
    }
  },
}
