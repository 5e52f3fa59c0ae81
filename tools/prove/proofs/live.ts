import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Of one change 500 connected clients of one process are told, 99 of 100 within a second; connections that are cut at random 100 times cost no snapshot, and all devices have all; a change at one process reaches the devices of another, over PostgreSQL and over Redis.',
  'tests/evidence/live.test.ts',
  'packages/server/test/live',
  'packages/core/test/live',
)
