import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Live queries over 10,000 records do work for what a write changes, not for what there is.',
  'tests/evidence/live-queries.test.ts',
  'packages/core/test/data/cost.test.ts',
)
