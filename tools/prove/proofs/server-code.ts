import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Server code changes synced data all or nothing, with its own tables; fields that never leave are in no byte that leaves; a server tells what it does, and no value; an order goes from a REST call to a device and a mail.',
  'packages/server/test/write',
  'packages/server/test/procedures/server-only.test.ts',
  'packages/server/test/observe',
  'tests/observe',
  'examples/orders',
)
