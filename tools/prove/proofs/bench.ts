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

const wanted = [/^sequential durable writes$/, /^drain of 10,000 operations$/]

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
      holds: shown.length === wanted.length,
      figure: shown
        .map(({ name, unit, value, floor }) => `${name}: ${round(value)} ${unit}, floor ${round(floor)}`)
        .join('; '),
    }
  },
}
