import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'A transaction of three with one conflict: none applied, one question, resolving applies all; kill -9 in between changes nothing.',
  'tests/evidence/transactions.test.ts',
)
