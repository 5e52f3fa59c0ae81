import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'A stranger’s strategy, storage adapter and plugin, by public entries only, keep every rule of their kits.',
  'examples/custom-',
  'packages/core/test/testing/strategy-conformance.test.ts',
  'packages/core/test/architecture/examples.test.ts',
)
