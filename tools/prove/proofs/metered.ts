import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'On a metered network a client does what the app said, tells why it waits, and loses nothing.',
  'packages/core/test/connectivity/metered',
  'packages/core/test/engine/transition-metered.test.ts',
  'tests/faults/metered.test.ts',
)
