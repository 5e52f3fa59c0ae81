import { run } from '../../run.ts'
import { provenByTests, type Proof } from '../proof.ts'

const demo = ['--conditions=holdfast-source', 'examples/existing-server/src/main.ts']

const onBoth = provenByTests(
  'The same story on SQLite and PostgreSQL, and a README whose diff is the real one.',
  'tests/evidence/existing-server.test.ts',
  'examples/existing-server',
)

export const proof: Proof = {
  title:
    'An app with its own models and routes gets sync by two lines: a REST write, an admin’s SQL and an offline device’s write meet in one record, and all devices end with the rows; on SQLite and PostgreSQL.',
  async run() {
    const told = await run(process.execPath, demo, { output: 'collect' })
    console.log(told.output.trim())
    const tested = await onBoth.run()
    const held = told.output.split('\n').filter((line) => line.startsWith('holds ')).length
    return {
      holds: told.code === 0 && held > 0 && !told.output.includes('BROKEN') && tested.holds,
      figure: `the demo ended ${told.code} with ${held} claims verified; ${tested.figure}`,
    }
  },
}
