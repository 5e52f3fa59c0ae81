import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Several scopes sync side by side; joining is remembered, leaving removes all and loses nothing unasked.',
  'tests/evidence/scopes.test.ts',
  'packages/core/test/client/scopes.test.ts',
  'packages/core/test/client/leaving.test.ts',
)
