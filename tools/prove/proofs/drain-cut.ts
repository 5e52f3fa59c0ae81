import { z } from 'zod'
import { run } from '../../run.ts'
import type { Proof } from '../proof.ts'

const operations = 10_000
const cuts = 20
/** How much more than an undisturbed drain a cut one may cost in bytes. */
const mostMore = 0.1

const drained = z.object({
  pushes: z.int(),
  sentAgain: z.int(),
  answered: z.int(),
  left: z.int(),
  bytes: z.int().positive(),
  cuts: z.object({ device: z.int(), server: z.int(), network: z.int() }),
})
const result = z.object({ calm: drained, cut: drained })

const megabytes = (bytes: number): string => (bytes / 1_048_576).toFixed(2)

export const proof: Proof = {
  title: `A drain of ${operations.toLocaleString('en')} operations is cut ${cuts} times by killing device, server and network in turn: nothing that was decided is sent again, and the bytes are those of an undisturbed one, within 10 %.`,
  async run() {
    const seed = process.env['HOLDFAST_SEED'] ?? `${Date.now()}`
    const { code, output } = await run(process.execPath, [
      '--conditions=holdfast-source',
      '--no-warnings',
      'tests/drain/cut-main.ts',
      `${operations}`,
      `${cuts}`,
      seed,
    ])
    const line = output.split('\n').find((text) => text.startsWith('{'))
    if (code !== 0 || line === undefined) {
      console.error(output)
      return { holds: false, figure: `the drain ended with ${code} (seed ${seed})` }
    }
    const { calm, cut } = result.parse(JSON.parse(line))
    const more = cut.bytes / calm.bytes - 1
    const isWhole = [calm, cut].every(
      ({ sentAgain, answered, left }) => sentAgain === 0 && answered === operations && left === 0,
    )
    const made = cut.cuts.device + cut.cuts.server + cut.cuts.network
    return {
      holds: isWhole && made === cuts && more <= mostMore,
      figure:
        `${cut.cuts.device} kills of the device, ${cut.cuts.server} of the server, ${cut.cuts.network} cuts of the network; ` +
        `${cut.sentAgain} decided operations sent again; ${megabytes(cut.bytes)} MB in ${cut.pushes} pushes, ` +
        `undisturbed ${megabytes(calm.bytes)} MB in ${calm.pushes} (${(more * 100).toFixed(1)} % more); seed ${seed}`,
    }
  },
}
