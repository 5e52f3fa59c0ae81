import { provenByExample, type Proof } from '../proof.ts'

export const proof: Proof = provenByExample(
  'Three weeks and 10,000 edits on one device, others active, a schema change, a server that forgets: every operation is accounted for and all end equal; on SQLite and PostgreSQL.',
  'examples/long-offline/src/main.ts',
  'tests/evidence/long-offline.test.ts',
)
