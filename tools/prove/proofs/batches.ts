import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Batches adapt to a proxy that refuses large bodies, to time-outs and to slow servers; one operation that is too large holds up nobody.',
  'tests/evidence/batches.test.ts',
)
