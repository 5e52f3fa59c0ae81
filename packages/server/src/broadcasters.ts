export type { Broadcaster, BroadcastListener, Hint, Unsubscribe } from './broadcast/broadcaster.ts'
export { inProcessBroadcaster } from './broadcast/in-process.ts'
