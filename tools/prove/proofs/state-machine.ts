import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Every state of the sync engine answers every event, by a table without holes.',
  'packages/core/test/engine',
)
