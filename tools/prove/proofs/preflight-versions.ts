import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'While an app is replaced, over both databases: a record in an older shape is foreseen by its new names, what a server is too old for by none, and that leaves no device that lets risks wait.',
  'packages/server/test/procedures/preflight-versions.test.ts',
  'packages/core/test/client/older-server.test.ts',
  'packages/plugins/test/migrations/look-ahead.test.ts',
)
