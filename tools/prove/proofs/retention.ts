import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Pruning on SQLite and PostgreSQL, with devices that return in time and too late: no resurrection, every answer as due, all equal in the end.',
  'tests/evidence/retention.test.ts',
)
