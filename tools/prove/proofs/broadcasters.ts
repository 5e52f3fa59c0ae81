import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'One suite holds the broadcasters: in process, and LISTEN and NOTIFY of PostgreSQL.',
  'packages/server/test/broadcast',
)
