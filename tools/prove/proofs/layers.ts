import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Imports go one way: no layer, package or file needs one above it.',
  'packages/core/test/architecture',
)
