import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Over 1,000 random histories, every record that then conflicts was named by preflight, and no other where values are not read.',
  'tests/evidence/preflight-precision.test.ts',
)
