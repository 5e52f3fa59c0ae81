import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'A preflight reads which field was changed when, over both databases, and nothing of what is in a record.',
  'packages/server/test/procedures/preflight-reads.test.ts',
)
