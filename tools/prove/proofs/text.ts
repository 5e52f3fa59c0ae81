import { z } from 'zod'
import { run } from '../../run.ts'
import type { Proof } from '../proof.ts'

const devices = 4
const edits = 10_000
const notes = 16

const resultSchema = z.object({
  edits: z.int(),
  operations: z.int().positive(),
  syncs: z.int().positive(),
  lost: z.int().positive(),
  remade: z.int(),
  differences: z.array(z.string()),
  characters: z.int().positive(),
  largest: z.int().positive(),
})

export const proof: Proof = {
  title: `${devices} devices make ${edits.toLocaleString('en')} edits each in shared texts, mostly apart; all end with the text that plain Yjs makes of them.`,
  async run() {
    const { code, output } = await run(process.execPath, [
      '--conditions=holdfast-source',
      'tests/texts/main.ts',
      'proof',
      ...[devices, edits, notes].map(String),
    ])
    const line = output.split('\n').find((text) => text.startsWith('{'))
    if (code !== 0 || line === undefined) {
      console.error(output)
      return { holds: false, figure: `the devices ended with ${code}` }
    }
    const result = resultSchema.parse(JSON.parse(line))
    for (const difference of result.differences) console.error(difference)
    return {
      holds: result.differences.length === 0 && result.edits === devices * edits,
      figure:
        `${result.edits} edits in ${result.operations} operations on ${notes} texts, ${result.syncs} syncs, ` +
        `${result.lost} requests or answers lost, ${result.remade} operations made again; ` +
        `${result.characters} characters, the largest document ${result.largest} bytes; ` +
        `${result.differences.length} differences`,
    }
  },
}
