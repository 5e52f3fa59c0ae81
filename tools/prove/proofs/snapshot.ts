import { z } from 'zod'
import { run } from '../../run.ts'
import type { Proof } from '../proof.ts'

const accounts = 100_000
const kills = 20
const opening = 100
const megabyte = 1_048_576
/** What a sync may hold beyond what an idle client holds, in bytes: a few pages, whatever the scope has. */
const mostHeap = 24 * megabyte

const resultSchema = z.object({
  kills: z.object({ other: z.int(), stage: z.int(), flip: z.int(), fold: z.int() }),
  transfers: z.int().positive(),
  pages: z.int().positive(),
  repeated: z.array(z.unknown()),
  seen: z.array(z.string()),
  wentBack: z.boolean(),
  isEqual: z.boolean(),
  heapBefore: z.number().positive(),
  heapMost: z.number().positive(),
  rss: z.number().positive(),
})

const megabytes = (bytes: number): string => (bytes / megabyte).toFixed(1)

export const proof: Proof = {
  title: `${accounts.toLocaleString('en')} records are synced by a process that is killed ${kills} times; what is shown is nothing, or all of one head.`,
  async run() {
    const { code, output } = await run(process.execPath, [
      '--conditions=holdfast-source',
      'tests/bank/main.ts',
      ...['--accounts', `${accounts}`, '--kills', `${kills}`],
    ])
    const line = output.split('\n').find((text) => text.startsWith('{'))
    if (code !== 0 || line === undefined) {
      console.error(output)
      return { holds: false, figure: `the bank ended with ${code}` }
    }
    const result = resultSchema.parse(JSON.parse(line))
    const { stage, flip, fold, other } = result.kills
    const heap = result.heapMost - result.heapBefore
    const whole = [`0 accounts, 0 in all`, `${accounts} accounts, ${accounts * opening} in all`]
    const holds =
      stage + flip + fold + other >= kills &&
      Math.min(stage, fold) > 0 &&
      result.repeated.length === 0 &&
      result.seen.length === whole.length &&
      result.seen.every((sight) => whole.includes(sight)) &&
      !result.wentBack &&
      result.isEqual &&
      heap <= mostHeap
    if (!holds) console.error(output)
    return {
      holds,
      figure:
        `killed ${stage} times while staging, ${flip} at the flip, ${fold} while folding, ${other} besides; ` +
        `${result.pages} requests, ${result.repeated.length} stored pages asked for again; ` +
        `${result.transfers} transfers meanwhile, seen: ${result.seen.join('; ')}; ` +
        `heap at most ${megabytes(heap)} MB above ${megabytes(result.heapBefore)} MB, RSS at most ${megabytes(result.rss)} MB`,
    }
  },
}
