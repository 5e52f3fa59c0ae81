import { z } from 'zod'
import { ensureChromium } from '../../chromium/ensure-chromium.ts'
import { run, seconds } from '../../run.ts'
import type { Evidence, Proof } from '../proof.ts'

const accounts = 100_000
const kills = 20
const opening = 100
const megabyte = 1_048_576
/** What a sync may hold beyond what an idle client holds, in bytes: a few pages, whatever the scope has. */
const mostHeld = 24 * megabyte

const resultSchema = z.object({
  kills: z.object({ other: z.int(), stage: z.int(), flip: z.int(), fold: z.int() }),
  ways: z.record(z.string(), z.int()),
  transfers: z.int().positive(),
  pages: z.int().positive(),
  repeated: z.array(z.unknown()),
  seen: z.array(z.string()),
  looks: z.int().positive(),
  wentBack: z.boolean(),
  isEqual: z.boolean(),
  heldBefore: z.number().positive(),
  heldMost: z.number().positive(),
  taken: z.number().positive(),
})

type Result = z.output<typeof resultSchema>

const megabytes = (bytes: number): string => (bytes / megabyte).toFixed(1)

const isHeld = (result: Result): boolean => {
  const { stage, flip, fold, other } = result.kills
  const whole = [`0 accounts, 0 in all`, `${accounts} accounts, ${accounts * opening} in all`]
  return (
    stage + flip + fold + other >= kills &&
    Math.min(stage, flip, fold) > 0 &&
    Object.values(result.ways).every((count) => count > 0) &&
    result.repeated.length === 0 &&
    result.seen.length === whole.length &&
    result.seen.every((sight) => whole.includes(sight)) &&
    !result.wentBack &&
    result.isEqual &&
    result.heldMost - result.heldBefore <= mostHeld
  )
}

const show = ({ kills, ways, ...result }: Result): string => {
  const { stage, flip, fold, other } = kills
  const how = Object.entries(ways).map(([way, count]) => `${way} ${count} times`)
  return (
    `${how.join(', ')} (${stage} while staging, ${flip} at the flip, ${fold} while folding, ${other} besides); ` +
    `${result.pages} requests, ${result.repeated.length} stored pages asked for again; ` +
    `${result.transfers} transfers meanwhile, seen in ${result.looks} looks: ${result.seen.join('; ')}; ` +
    `heap in use at most ${megabytes(result.heldMost)} MB, idle ${megabytes(result.heldBefore)} MB, ` +
    `${megabytes(result.taken)} MB taken at most`
  )
}

const proveOn = async (storage: string): Promise<Evidence> => {
  const start = performance.now()
  const { code, output } = await run(process.execPath, [
    '--conditions=holdfast-source',
    'tests/bank/main.ts',
    ...['--storage', storage, '--accounts', `${accounts}`, '--kills', `${kills}`],
  ])
  // What the server logs stands before it.
  const line = output.split('\n').findLast((text) => text.startsWith('{'))
  if (code !== 0 || line === undefined) {
    console.error(output)
    return { holds: false, figure: `${storage}: the bank ended with ${code}` }
  }
  const result = resultSchema.parse(JSON.parse(line))
  const holds = isHeld(result)
  if (!holds) console.error(output)
  return { holds, figure: `${storage}: ${show(result)}, ${seconds(start)}` }
}

export const proof: Proof = {
  title: `${accounts.toLocaleString('en')} records are synced into IndexedDB and into SQLite by a device that is killed ${kills} times; what is shown is nothing, or all of one head.`,
  async run() {
    process.env['CHROMIUM_PATH'] = await ensureChromium()
    const parts = [await proveOn('indexeddb'), await proveOn('sqlite')]
    return {
      holds: parts.every(({ holds }) => holds),
      figure: parts.map(({ figure }) => figure).join('. '),
    }
  },
}
