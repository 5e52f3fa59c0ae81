import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'A server that nobody configured looks at size, login, rate, form and rights in this order; bounds bodies by what is called, values as devices do, rates, live streams and time; a device that meets a bound waits, polls or sends less, and loses nothing.',
  'packages/server/test/defaults.test.ts',
  'packages/server/test/http/http-defaults.test.ts',
  'packages/server/test/rates',
  'packages/server/test/live/fourth-stream.test.ts',
  'packages/server/test/procedures/in-time.test.ts',
  'packages/server/test/procedures/conflict-data.test.ts',
  'packages/server/test/procedures/access.test.ts',
  'packages/server/test/observe',
  'packages/server/test/hostile/hygiene.test.ts',
  'packages/core/test/model/value-limits.test.ts',
  'packages/core/test/client/value-limits.test.ts',
  'packages/core/test/client/untold-conflicts.test.ts',
  'tests/hostile/no-token.test.ts',
  'tests/hostile/one-request.test.ts',
)
