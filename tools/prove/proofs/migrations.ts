import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Schema matrix n-1 / n / n+1 on both sides with a rolling restart: no operation lost, none wrongly dead-lettered; a crash at any commit of a migration goes on.',
  'tests/evidence/migrations.test.ts',
  'tests/migrations',
  'packages/plugins/test/migrations',
)
