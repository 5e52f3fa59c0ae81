import { z } from 'zod'
import { runTool } from '../run-tool.ts'
import type { Proof } from '../proof.ts'

const measuresSchema = z.array(
  z.object({
    name: z.string(),
    unit: z.string(),
    value: z.number().positive(),
    floor: z.number().positive(),
  }),
)

const wanted = [
  /^sequential durable writes$/,
  /^drain of 10,000 operations$/,
  /^compaction of 10,000 operations/,
  /^compaction of 40,000 operations/,
  /^a pass over 10,000 records that finds nothing/,
  /^a compaction before each sync/,
  /^field notes start offline .* cold$/,
  /^field notes start offline .* warm$/,
]

/** Four times the operations take less than five times the time. */
const isLinear = (measures: z.infer<typeof measuresSchema>): boolean =>
  measures.some(({ name, value, floor }) => name.startsWith('compaction of 40,000') && floor / value < 5 / 4)

const round = (value: number): string => Math.round(value).toLocaleString('en')

export const proof: Proof = {
  title: 'Speed beside the physical floor, the same bytes by the barest means on this machine.',
  async run() {
    const { code, output } = await runTool('bench', '--json')
    const line = output.split('\n').find((text) => text.startsWith('['))
    if (code !== 0 || line === undefined) {
      console.error(output)
      return { holds: false, figure: `the benchmark ended with ${code}` }
    }
    const measures = measuresSchema.parse(JSON.parse(line))
    const shown = wanted.flatMap((name) => measures.filter((measure) => name.test(measure.name)))
    return {
      holds: shown.length === wanted.length && isLinear(shown),
      figure: shown
        .map(({ name, unit, value, floor }) => `${name}: ${round(value)} ${unit}, floor ${round(floor)}`)
        .join('; '),
    }
  },
}
