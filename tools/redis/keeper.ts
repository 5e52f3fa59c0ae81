import { hold } from '../servers/hold.ts'
import { findRedis, missingRedis } from './find-redis.ts'
import { startServer } from './server.ts'

/** Holds a Redis server. */
await hold(async () => {
  const program = findRedis()
  if (program === undefined) throw new Error(missingRedis)
  const { url, stop } = await startServer(program)
  return { report: { url, program }, stop }
})
