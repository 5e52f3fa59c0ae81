export { decodePortable, encodePortable } from './base/codec.ts'
export { portableEquals } from './base/portable.ts'
export { withWholeClock } from './base/whole-clock.ts'
export { applyChange, changedFields, type Change } from './model/change.ts'
export { decide, refusal as refuseOperation } from './model/decide.ts'
export type { Candidate, Decision, Dropped, Place, Settled } from './model/decision.ts'
export { isFieldChange } from './model/field-type.ts'
export { foresee, type Foreseen, type Intended } from './model/foresee.ts'
export { isOverlapped, lastStranger, nextFieldVersion, unseenFields, type Author } from './model/overlap.ts'
export { decideMove, isMoved, type MoveDecision } from './model/move.ts'
export { decodeMove, moveType, type MoveInput } from './model/move-input.ts'
export {
  deletedField,
  movedField,
  serverAuthor,
  type FieldVersion,
  type Patch,
  type RecordData,
  type RowVersions,
  type ServerRow,
} from './model/record.ts'
export { hasMortalOperations, lifetimeOfWrite, operationLifetime, recordLifetime } from './model/lifetime.ts'
export { agesKey, decodePut, encodePut, isCreation, putType, unwritten, type Ages } from './model/put.ts'
export { referencesOf, type Reference } from './model/references.ts'
export { collectionOf, type AnyCollection, type AnyOperation, type Schema } from './model/schema.ts'
export { joinPayload, splitPayload, visibleRecord } from './model/typed-fields.ts'
export { fitsInput, valueLimits } from './model/value-limits.ts'
export { renamingOf } from './model/renaming.ts'
export { isNewerMajor, isNewerVersion } from './model/version.ts'
export { decideByServer, openServerHalf, replaceRecord, type Replacement } from './model/server-half.ts'
export { orderHooks, type OrderedHook } from './plugin/order-hooks.ts'
export { id as entityId, maxPayload, maxRecord, maxScope, type Decided } from './protocol/parts.ts'
export {
  maxPreflightEntities,
  type EntityRisk,
  type PreflightAction,
  type PreflightAnswer,
  type PreflightEntity,
  type PreflightInput,
  type PreflightOutput,
  type Risk,
  type RiskReason,
} from './protocol/preflight.ts'
export { maxLiveScopes, type LiveEvent, type LiveInput } from './protocol/live.ts'
export type { Change as FeedChange, Page, PullAnswer, PullInput, PullOutput } from './protocol/pull.ts'
export {
  maxBatch,
  maxWaiting,
  wireOperation,
  type Instance,
  type PushAnswer,
  type PushInput,
  type PushOutput,
  type TransactionPart,
  type WireOperation,
} from './protocol/push.ts'
export { errorToRefusal, type Refusal } from './protocol/refusal.ts'
export { maxResumeIds, type ResumeAnswer, type ResumeInput, type ResumeOutput } from './protocol/resume.ts'
export type { SnapshotAnswer, SnapshotInput, SnapshotOutput, SnapshotRow } from './protocol/snapshot.ts'
export { procedures, type ProcedureName } from './protocol/table.ts'
export type { ConflictVerdict, RebaseVerdict, Result, StoredVerdict, Verdict } from './protocol/verdict.ts'
export { oldestProtocol, protocolVersion } from './protocol/version.ts'
export { guardedSuperjson, type GuardedSuperjson } from './transport/guarded-superjson.ts'
