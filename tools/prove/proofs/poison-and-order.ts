import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'A poison operation blocks nobody; batches go in order; Retry-After is kept; being back online wakes the drain.',
  'tests/evidence/poison.test.ts',
  'tests/evidence/order.test.ts',
)
