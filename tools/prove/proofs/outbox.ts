import { provenByTests, type Proof } from '../proof.ts'

const proof50 = provenByTests(
  'A server that writes and delivers is killed 50 times, 25 times on each database: each committed batch is delivered at least once, in the order of its scope, and nothing else is.',
  'tests/evidence/outbox.test.ts',
  'packages/server/test/outbox',
)

export const proof: Proof = {
  ...proof50,
  run() {
    process.env['HOLDFAST_KILLS'] ??= '25'
    return proof50.run()
  },
}
