import { runTool } from '../run-tool.ts'
import type { Proof } from '../proof.ts'
import { readReport } from '../sim-report.ts'

/** Seeds over each kind of store, and how many of them a core has to do in a second. */
const kinds = [
  { stores: 'memory', seeds: 5_000, leastSpeed: 20 },
  { stores: 'sqlite', seeds: 500, leastSpeed: 5 },
] as const

export const proof: Proof = {
  title: 'Five thousand seeded worlds over memory, and five hundred over SQLite, keep every promise.',
  async run() {
    const figures: string[] = []
    let holds = true
    for (const { stores, seeds, leastSpeed } of kinds) {
      const { code, output } = await runTool('sim', '--seeds', `${seeds}`, '--stores', stores)
      const { ran, failures, speed } = readReport(output)
      figures.push(`${stores}: ${ran} seeds, ${failures} failures, ${speed} seeds/s/core`)
      if (code === 0 && ran >= seeds && failures === 0 && speed >= leastSpeed) continue
      holds = false
      console.error(output)
    }
    return { holds, figure: figures.join('; ') }
  },
}
