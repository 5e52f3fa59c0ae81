export type { Broadcaster, BroadcastListener, Hint, Unsubscribe } from './broadcast/broadcaster.ts'
export { inProcessBroadcaster } from './broadcast/in-process.ts'
export {
  postgresBroadcaster,
  type PostgresBroadcasterOptions,
  type PostgresClient,
} from './broadcast/postgres.ts'
export { redisBroadcaster, type RedisBroadcasterOptions, type RedisClient } from './broadcast/redis.ts'
