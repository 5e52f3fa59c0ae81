export { createSyncClient } from './client/create-sync-client.ts'
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
export type { SyncActivity, SyncEvent, VerdictSummary } from './model/events.ts'
export type { FieldPath, ValueAt } from './model/field-path.ts'
export {
  defineField,
  fieldChange,
  type Applying,
  type FieldChange,
  type FieldState,
  type FieldType,
  type Maker,
  type TypedField,
  type Wanted,
} from './model/field-type.ts'
export { byPath } from './model/fields/by-path.ts'
export { counter, increment } from './model/fields/counter.ts'
export { add, orSet, remove } from './model/fields/or-set.ts'
export { registerMap, setKeys } from './model/fields/register-map.ts'
export type { CollectionLifetime, Lifetime, LifetimeOptions, LivingOperation } from './model/lifetime.ts'
export type { Fate, Operation, OperationLife, OperationStatus } from './model/operation.ts'
export {
  collection,
  defineSchema,
  operation,
  type AnyCollection,
  type AnyOperation,
  type CollectionDefinition,
  type CollectionOptions,
  type DeletePolicy,
  type IndexDeclaration,
  type OperationDefinition,
  type Schema,
} from './model/schema.ts'
export { fieldMerge, type FieldMergeOptions } from './model/strategies/field-merge.ts'
export { lastWriteWins, serverWins } from './model/strategies/last-write-wins.ts'
export { manual, optimisticVersion, type OptimisticVersionOptions } from './model/strategies/manual.ts'
export type { Conflict, ConflictStrategy, Resolution, Side, Stamp } from './model/strategy.ts'
export type { SyncProgress } from './model/progress.ts'
export type { MeteredReason, ScopedRisk, SyncPhase, SyncState } from './model/sync-state.ts'
export { browserConnectivity, type BrowserConnectivityOptions } from './client/connectivity/browser.ts'
export { callbackConnectivity, type Unsubscribe } from './client/connectivity/callback.ts'
export {
  capacitorConnectivity,
  type CapacitorNetworkLike,
  type CapacitorStatusLike,
} from './client/connectivity/capacitor-network.ts'
export type { DeviceConnectivityOptions } from './client/connectivity/device.ts'
export {
  netInfoConnectivity,
  type NetInfoLike,
  type NetInfoStateLike,
} from './client/connectivity/net-info.ts'
export type { BrowserConnection, BrowserWindow } from './client/connectivity/window.ts'
export { alwaysOnline, manualConnectivity, type ManualConnectivity } from './client/connectivity/manual.ts'
export { httpProbe, probeConnectivity, type ProbeConnectivityOptions } from './client/connectivity/probe.ts'
export type { Probe, ProbeOptions } from './client/connectivity/prober.ts'
export type {
  CollectionClient,
  CreateInput,
  RecordOf,
  RunOf,
  UpdateInput,
} from './client/collection-types.ts'
export type { SyncClient } from './client/sync-client.ts'
export type { Logger, SyncClientOptions } from './client/options.ts'
export type { ConflictsApi, ResolvedConflict } from './client/api/conflicts.ts'
export type { BackupsApi } from './client/api/backups.ts'
export type { Backup } from './oplog/backup/entry.ts'
export type { Restored } from './oplog/backup/restore.ts'
export type { DeadLettersApi } from './client/api/dead-letters.ts'
export type { OperationsApi } from './client/api/operations.ts'
export type { QueueState } from './client/api/queue.ts'
export type { Transaction, TransactionCollection } from './client/transaction/run-transaction.ts'
export type { LeaveOptions, ScopesApi, ScopeStatus } from './client/api/scopes.ts'
export type { WriteReceipt } from './data/group-writer.ts'
export type {
  Condition,
  CountQuery,
  Direction,
  Operators,
  OrderBy,
  Query,
  Where,
} from './data/query/query.ts'
export type { Preflight } from './client/api/preflight.ts'
export type { RetryPolicy } from './engine/backoff.ts'
export type { MeteredPolicy, Metering } from './engine/metering.ts'
export type { Connectivity } from './engine/scope-engine.ts'
export type { OpenConflict } from './model/open-conflict.ts'
export type { Patch, RecordData } from './model/record.ts'
export type { EntityRisk, PreflightAction, Risk, RiskReason } from './protocol/preflight.ts'
export type { ConflictAnswer } from './oplog/resolve/resolve-conflict.ts'
export type { MigrationProgress } from './plugin/core-part.ts'
export { definePlugin, type Plugin, type PluginContext } from './plugin/define-plugin.ts'
export type {
  AnswerDraft,
  ClientHooks,
  CompactableRecord,
  CompactionTrigger,
  Draft,
  ExpirableOperation,
  ExpirableQueue,
  Fold,
  Hook,
  HookName,
  HookTable,
  Observe,
  OperationMigration,
  RecordMigration,
  Waterfall,
} from './plugin/hooks.ts'
export type {
  Cleaning,
  LayeredRecord,
  PluginArchive,
  PluginClient,
  PluginCollection,
  PluginReceipt,
  PluginWrites,
  RecordBase,
} from './plugin/plugin-client.ts'
export type { Transport } from './transport/contract.ts'
