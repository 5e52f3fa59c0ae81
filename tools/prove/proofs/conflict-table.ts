import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Every strategy and field type in every situation, three devices over a real server: no operation without a fate, devices alike, and as the docs say.',
  'tests/conflicts',
)
