import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'A server that goes away and comes back is noticed by browser, probe and callback, and a signal that lies loses nothing.',
  'packages/core/test/connectivity',
  'tests/faults/connectivity.test.ts',
)
