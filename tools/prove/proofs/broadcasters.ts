import { ensureRedis } from '../../redis/ensure-redis.ts'
import { provenByTests, type Proof } from '../proof.ts'

const tests = provenByTests(
  'One suite holds three broadcasters: in process, LISTEN and NOTIFY of PostgreSQL, and publish and subscribe of Redis; the last two also while their server is away or does not answer.',
  'packages/server/test/broadcast',
)

export const proof: Proof = {
  ...tests,
  async run() {
    await ensureRedis()
    return tests.run()
  },
}
