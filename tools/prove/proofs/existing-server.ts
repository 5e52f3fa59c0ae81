import { provenByExample, type Proof } from '../proof.ts'

export const proof: Proof = provenByExample(
  'An app with its own models and routes gets sync by two lines: a REST write, an admin’s SQL and an offline device’s write meet in one record, and all devices end with the rows; on SQLite and PostgreSQL.',
  'examples/existing-server/src/main.ts',
  'tests/evidence/existing-server.test.ts',
  'examples/existing-server',
)
