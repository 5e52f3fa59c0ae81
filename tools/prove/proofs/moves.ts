import { provenByTests, type Proof } from '../proof.ts'

const tests = provenByTests(
  'A thousand moves between two scopes, in opposite directions at once: no deadlock, each record in one scope.',
  'tests/evidence/moves.test.ts',
)

export const proof: Proof = {
  title: tests.title,
  run() {
    process.env['HOLDFAST_MOVES'] = '1000'
    return tests.run()
  },
}
