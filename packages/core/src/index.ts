export type { Cancel, Clock, Environment, Random, Timers } from './base/environment.ts'
export {
  SyncError,
  dispositions,
  hasCode,
  isErrorCode,
  isSyncError,
  type Disposition,
  type ErrorCode,
  type ErrorDetails,
  type ResetReason,
} from './base/errors.ts'
export type { Portable } from './base/portable.ts'
export { systemEnvironment } from './base/system-environment.ts'
export type { Fate, Operation, OperationStatus } from './model/operation.ts'
export {
  collection,
  defineSchema,
  operation,
  type AnyCollection,
  type AnyOperation,
  type CollectionDefinition,
  type CollectionOptions,
  type DeletePolicy,
  type OperationDefinition,
  type Schema,
} from './model/schema.ts'
export { fieldMerge, type FieldMergeOptions } from './model/strategies/field-merge.ts'
export { lastWriteWins, serverWins } from './model/strategies/last-write-wins.ts'
export { manual, optimisticVersion } from './model/strategies/manual.ts'
export type { Conflict, ConflictStrategy, Resolution, Side, Stamp } from './model/strategy.ts'
export type { SyncPhase, SyncProgress, SyncState } from './model/sync-state.ts'
export { alwaysOnline, manualConnectivity, type ManualConnectivity } from './client/connectivity.ts'
export type {
  CollectionClient,
  CreateInput,
  RecordOf,
  RunOf,
  UpdateInput,
} from './client/collection-client.ts'
export { createSyncClient, type SyncClient } from './client/create-sync-client.ts'
export type { Logger, SyncClientOptions } from './client/options.ts'
export type { ConflictsApi, DeadLettersApi, OperationsApi, QueueState } from './client/parts.ts'
export type { WriteReceipt } from './data/group-writer.ts'
export type { Condition, Direction, Operators, OrderBy, Query, Where } from './data/query/query.ts'
export type { Preflight } from './engine/preflight.ts'
export type { RetryPolicy } from './engine/backoff.ts'
export type { Connectivity } from './engine/scope-engine.ts'
export type { OpenConflict } from './model/open-conflict.ts'
export type { Patch, RecordData } from './model/record.ts'
export type { EntityRisk, PreflightAction, Risk, RiskReason } from './protocol/preflight.ts'
export type { ConflictAnswer } from './oplog/resolve-conflict.ts'
export { definePlugin, type Plugin, type PluginContext } from './plugin/define-plugin.ts'
export type {
  ClientHooks,
  Draft,
  Hook,
  HookName,
  HookTable,
  Observe,
  RecordMigration,
  Waterfall,
} from './plugin/hooks.ts'
export type { Transport } from './transport/contract.ts'
