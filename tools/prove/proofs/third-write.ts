import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'A third write while a question is open, a restart, an answer: checked again on SQLite and PostgreSQL, and nothing is overwritten that was not seen.',
  'tests/evidence/third-write.test.ts',
)
