export {
  answerSyncEvents,
  type SyncEventLike,
  type SyncEventsOptions,
  type WorkerScope,
} from './client/background/answer-sync-events.ts'
export {
  backgroundSync,
  type BackgroundSyncOptions,
  type SyncRegistration,
} from './client/background/background-sync.ts'
export { runSyncOnce, type RunSyncOptions, type SyncOnce } from './client/background/run-sync-once.ts'
