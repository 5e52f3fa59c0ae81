import { installByApt } from '../install.ts'
import { findRedis, givenRedis, missingRedis } from './find-redis.ts'

/**
 * Sees to it that there is a Redis server: from the distribution where there is none and this is root with apt.
 * @throws Error that says what to install
 */
export const ensureRedis = async (): Promise<void> => {
  const isThere = (): boolean => givenRedis() !== undefined || findRedis() !== undefined
  if (isThere()) return
  await installByApt('redis-server', 'the tests of the Redis broadcaster')
  if (!isThere()) throw new Error(missingRedis)
}
