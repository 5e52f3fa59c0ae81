export type { Hook as ServerHook, Observe, Waterfall } from '@holdfast/core'
export { defaultLimits, type Limits } from './limits.ts'
export { stderrLogger, type Logger } from './logger.ts'
export type { OutboxEvent, OutboxOperation, OutboxRecord } from './outbox/event.ts'
export { createOutboxWorker, type OutboxWorker, type OutboxWorkerOptions } from './outbox/outbox-worker.ts'
export type { Audit, AuditEntry } from './observe/audit.ts'
export type { PageFigures, PushFigures, ServerEvent } from './observe/events.ts'
export type { Health } from './observe/health.ts'
export { createMetrics, type Metrics, type MetricsReading, type RequestMetrics } from './observe/metrics.ts'
export type { Span, Tracer } from './observe/tracer.ts'
export { allowAll, type Authorize, type AuthorizeInput, type SyncOptions } from './options.ts'
export type {
  Application,
  Commit,
  OperationMigration,
  ServerHookName,
  ServerHooks,
  ServerHookTable,
  ServerPlugin,
  ServerSide,
} from './plugin/hooks.ts'
export { defaultRates, inProcessRates, type Rate, type Rates } from './rates/in-process-rates.ts'
export type { RateLimiter } from './rates/rate-limiter.ts'
export {
  expireRecords,
  type ExpireRecordsOptions,
  type ExpireRecordsReport,
} from './retention/expire-records.ts'
export { pruneSync, type PruneOptions, type PruneReport } from './retention/prune-sync.ts'
export { startCapture, type StartCaptureOptions } from './mirror/start-capture.ts'
export type { AdoptOptions, AdoptReport, CaptureReport } from './mirror/capture.ts'
export type { Proposal } from './apply/batch.ts'
export { createSyncHandlers, type SyncHandlers, type SyncServer } from './procedures/create-sync-handlers.ts'
export type {
  AppRow,
  AppRows,
  AppTable,
  AppValues,
  AppWrite,
  Forms,
  Settled,
  TouchedMark,
  TouchedRecord,
  TouchedRows,
} from './store/app-rows.ts'
export { ConstraintError, type ConstraintKind } from './store/constraint-error.ts'
export type {
  Attempt,
  Changes,
  ClaimedEvent,
  ClaimRequest,
  ClientBinding,
  EventKey,
  OperationRow,
  OutboxStore,
  Pruned,
  PruneRequest,
  ReadTransaction,
  RecordAddress,
  RejectedCreate,
  ScopeState,
  ServerStore,
  Slot,
  WriteTransaction,
} from './store/contract.ts'
export type { ServerCall, ServerOperation, ServerOperations, ServerRecords } from './server-operations.ts'
export type { ServerWrite, ServerWriteTransaction } from './write/server-write.ts'
export {
  createSyncRouter,
  type BaseProcedure,
  type ContextAfter,
  type SyncRouterOptions,
} from './router/create-sync-router.ts'
