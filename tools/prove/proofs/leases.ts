import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'A holder that is away past the end of its lease is told when it returns; nothing is overwritten; an old fencing number is refused, and another device or a copy; a record that moves has its lease where it is; on SQLite and PostgreSQL.',
  'tests/evidence/leases.test.ts',
  'tests/evidence/leases-devices.test.ts',
)
