import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Drafts live for ever, a cache operation goes at 24 h, a flag at 1 h, analytics are never queued, the server refuses what comes too late; clocks that jump by a year expire nothing; nothing is both expired and applied; on SQLite and PostgreSQL.',
  'tests/evidence/lifetimes.test.ts',
  'packages/plugins/test/ttl',
)
