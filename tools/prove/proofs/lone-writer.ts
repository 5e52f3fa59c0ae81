import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'A lone writer never conflicts with itself, and a stranger’s edit is never overwritten unseen.',
  'tests/evidence/lone-writer.test.ts',
)
