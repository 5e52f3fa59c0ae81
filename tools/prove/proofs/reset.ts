import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Reset killed at each of its steps and with writes in between: every operation made before it is applied, in conflict, dead-lettered with a reason, or in the backup; the backup restores into an empty store.',
  'tests/evidence/reset.test.ts',
)
