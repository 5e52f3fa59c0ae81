import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Bad input and every fault on the way end in a typed error that says what to do; nothing is lost or half-written.',
  'tests/faults',
)
