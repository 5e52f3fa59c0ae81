import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Whatever of another tenant is named, in every combination, no byte of theirs comes back and unknown and forbidden answer alike; what the server owns is not written; strangers and forms of other sites get nothing; no bomb keeps the event loop for 250 ms, and others are answered meanwhile.',
  'tests/hostile/tenants.test.ts',
  'tests/hostile/over-posting.test.ts',
  'tests/hostile/strangers.test.ts',
  'tests/hostile/bombs.test.ts',
  'tests/hostile/rate-limits.test.ts',
  'packages/server/test/hostile',
)
