import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Every value that was dropped without asking is in the journal with both values, is brought back from there, and the journal stays bounded.',
  'tests/evidence/journal.test.ts',
  'packages/plugins/test/journal',
)
