import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'holdfast init, migrate, status, prune, doctor and triggers, on SQLite and PostgreSQL: schemas that Prisma accepts and a second run leaves alone, figures that are counted, faults that are planted and found, no password shown.',
  'packages/server/test/command',
)
