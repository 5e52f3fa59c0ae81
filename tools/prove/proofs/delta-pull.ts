import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'After 10,000 synced records one change is pulled as one record.',
  'tests/evidence/delta-pull.test.ts',
)
