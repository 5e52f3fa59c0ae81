import { z } from 'zod'
import { run } from '../../run.ts'
import type { Proof } from '../proof.ts'

const few = 1_000
const many = 10_000
const megabyte = 1_048_576
/** How much more memory the long queue may need, in bytes. */
const mostHeap = 20 * megabyte

const resultSchema = z.object({
  pushes: z.int().positive(),
  unanswered: z.int(),
  sentAgain: z.int(),
  answered: z.int(),
  left: z.int(),
  heap: z.number().positive(),
})

const megabytes = (bytes: number): string => (bytes / megabyte).toFixed(1)

export const proof: Proof = {
  title: `${many.toLocaleString('en')} pending operations drain over HTTP while the server is killed; memory is that of a batch.`,
  async run() {
    const { code, output } = await run(process.execPath, [
      '--conditions=holdfast-source',
      'tests/drain/main.ts',
      `${few}`,
      `${many}`,
    ])
    const lines = output.split('\n').filter((text) => text.startsWith('{'))
    const results = lines.map((text) => resultSchema.parse(JSON.parse(text)))
    const [short, long] = results
    if (code !== 0 || short === undefined || long === undefined) {
      console.error(output)
      return { holds: false, figure: `the drain ended with ${code}` }
    }
    const holds =
      results.every(({ left, sentAgain, unanswered }) => left === 0 && sentAgain === 0 && unanswered > 0) &&
      short.answered === few &&
      long.answered === many &&
      long.heap - short.heap <= mostHeap
    if (!holds) console.error(output)
    return {
      holds,
      figure:
        `${long.answered} operations in ${long.pushes} pushes, ${long.unanswered} of them unanswered, ` +
        `${long.sentAgain} answered operations sent again; ` +
        `heap at most ${megabytes(long.heap)} MB, with ${few} operations ${megabytes(short.heap)} MB`,
    }
  },
}
