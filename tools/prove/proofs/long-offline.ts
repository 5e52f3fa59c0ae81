import { run } from '../../run.ts'
import { provenByTests, type Proof } from '../proof.ts'

const demo = ['--conditions=holdfast-source', 'examples/long-offline/src/main.ts']

const onBoth = provenByTests(
  'The same story on SQLite and PostgreSQL.',
  'tests/evidence/long-offline.test.ts',
)

export const proof: Proof = {
  title:
    'Three weeks and 10,000 edits on one device, others active, a schema change, a server that forgets: every operation is accounted for and all end equal; on SQLite and PostgreSQL.',
  async run() {
    const told = await run(process.execPath, demo, { output: 'collect' })
    console.log(told.output.trim())
    const tested = await onBoth.run()
    const held = told.output.split('\n').filter((line) => line.startsWith('holds ')).length
    return {
      holds: told.code === 0 && held > 0 && !told.output.includes('BROKEN') && tested.holds,
      figure: `the demo ended ${told.code} with ${held} figures verified; ${tested.figure}`,
    }
  },
}
