import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'An operation takes effect once, however often it is sent; a lost answer never makes the screen go back.',
  'tests/evidence/exactly-once.test.ts',
  'tests/processes/two-processes.test.ts',
)
