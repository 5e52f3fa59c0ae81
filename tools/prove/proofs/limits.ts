import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'A full queue compacts, then refuses or drops as the app says, and goes on draining; completed operations stay within count and age.',
  'tests/evidence/limits.test.ts',
  'packages/plugins/test/archive',
)
