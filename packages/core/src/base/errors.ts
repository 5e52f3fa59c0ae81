/** What each error code carries besides its sentence. The keys are the closed list of codes. */
export interface ErrorDetails {
  /** The server wants a (new) token. The queue waits until `client.start()`. */
  AUTH_REQUIRED: { readonly procedure?: string }
  /** Unknown and forbidden answer alike. */
  FORBIDDEN_OR_MISSING: { readonly scope?: string; readonly collection?: string; readonly recordId?: string }
  /** Outside the schema or outside the portable values. `path` names the place. */
  INVALID: { readonly path?: string; readonly reason?: string }
  /**
   * `path`: the place of a value that is larger than its schema declares. `operationId`: the operation, or the first of the
   * transaction, that is too large by itself.
   */
  TOO_LARGE: {
    readonly limit: number
    readonly actual?: number
    readonly what: string
    readonly path?: string
    readonly operationId?: string
  }
  RATE_LIMITED: { readonly retryAfterMs?: number }
  /** One operation id came with two different payloads. */
  PAYLOAD_MISMATCH: { readonly operationId: string }
  /** Client and server speak different protocol or schema versions. */
  UPGRADE_REQUIRED: { readonly side: 'client' | 'server'; readonly supported: readonly number[] }
  /** The server does not know this operation yet: a newer client met an older server. */
  SERVER_OLDER: { readonly type?: string }
  /** `watermark`: up to which of the asking client's operations the server knows, where it says. */
  RESET_REQUIRED: { readonly reason: ResetReason; readonly watermark?: number }
  /** `instance`: the one that the server knows, where that is what does not fit. */
  CLIENT_FORKED: { readonly clientId: string; readonly instance?: string }
  /** What the operation builds on was not applied. `cause` is the operation that failed, where known. */
  DEPENDENCY: { readonly cause?: string }
  /** The record has a newer version than the operation's author saw, and its strategy wants none merged. */
  CONFLICT: Record<never, never>
  /** A delta builds on one that was not applied. */
  MISSING_DEPENDENCY: { readonly path?: string }
  /** Somebody else may edit the record now. `holder` is the user, where it may be told. */
  LEASE_LOST: { readonly holder?: string }
  /** The server half of an operation said no; `reason` is the app's own word for why. */
  REFUSED: { readonly reason: string }
  /** The record went to another scope, where it can be changed. */
  MOVED: Record<never, never>
  /** An earlier operation of the same client has not arrived yet. */
  OUT_OF_ORDER: { readonly expected: number }
  OUTCOME_UNKNOWN: { readonly operationId: string }
  QUEUE_FULL: { readonly limit: number }
  STORAGE_FULL: { readonly name?: string }
  STORAGE_CORRUPT: { readonly name?: string; readonly reason?: string }
  /** A key was changed by somebody else since it was read. Nothing was written. */
  STORAGE_CONFLICT: { readonly key: string }
  /** Another process holds the database; nothing was written. */
  STORAGE_LOCKED: { readonly name?: string }
  STORAGE_FAILED: { readonly name?: string; readonly reason?: string }
  NETWORK_UNREACHABLE: { readonly reason?: string }
  /** The answer was not ours: a captive portal, a proxy page, another service. */
  BAD_ANSWER: { readonly reason?: string; readonly status?: number }
  /** The server answered that it failed. */
  SERVER_FAILED: { readonly status?: number; readonly retryAfterMs?: number; readonly correlationId?: string }
  PLUGIN_FAILED: { readonly plugin: string; readonly hook: string; readonly reason: string }
  /** The client does not sync this scope. */
  SCOPE_NOT_JOINED: { readonly scope: string }
  /** Something of the scope would be lost: operations without a verdict, open conflicts, dead letters. */
  SCOPE_IN_USE: {
    readonly scope: string
    readonly undecided: number
    readonly conflicts: number
    readonly deadLetters: number
  }
  /** The record that a write names does not exist on this device. */
  NOT_FOUND: { readonly collection: string; readonly recordId: string }
  /** The client was closed. */
  CLOSED: Record<never, never>
  /** The options contradict each other or lack something that has no safe default. */
  MISCONFIGURED: { readonly option: string }
}

export type ErrorCode = keyof ErrorDetails

export type ResetReason =
  | 'offline_too_long'
  | 'tombstones_pruned'
  | 'epoch_changed'
  | 'schema_incompatible'
  | 'client_forked'
  | 'revoked'

/** `retry`: passes by itself. `blocked`: only the app can help. `fatal`: this call ends here. */
export type Disposition = 'retry' | 'blocked' | 'fatal'

/** What the sync engine does when a request ends with this code. */
export const dispositions: Readonly<Record<ErrorCode, Disposition>> = {
  AUTH_REQUIRED: 'blocked',
  FORBIDDEN_OR_MISSING: 'blocked',
  INVALID: 'blocked',
  TOO_LARGE: 'blocked',
  RATE_LIMITED: 'retry',
  PAYLOAD_MISMATCH: 'blocked',
  UPGRADE_REQUIRED: 'blocked',
  SERVER_OLDER: 'retry',
  RESET_REQUIRED: 'blocked',
  CLIENT_FORKED: 'blocked',
  DEPENDENCY: 'fatal',
  CONFLICT: 'fatal',
  MISSING_DEPENDENCY: 'fatal',
  LEASE_LOST: 'fatal',
  REFUSED: 'fatal',
  MOVED: 'fatal',
  OUT_OF_ORDER: 'retry',
  OUTCOME_UNKNOWN: 'fatal',
  QUEUE_FULL: 'fatal',
  STORAGE_FULL: 'blocked',
  STORAGE_CORRUPT: 'blocked',
  STORAGE_CONFLICT: 'retry',
  STORAGE_LOCKED: 'retry',
  STORAGE_FAILED: 'blocked',
  NETWORK_UNREACHABLE: 'retry',
  BAD_ANSWER: 'retry',
  SERVER_FAILED: 'retry',
  PLUGIN_FAILED: 'blocked',
  SCOPE_NOT_JOINED: 'fatal',
  SCOPE_IN_USE: 'fatal',
  NOT_FOUND: 'fatal',
  CLOSED: 'fatal',
  MISCONFIGURED: 'fatal',
}

export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(dispositions, code)

/** The one error class. `code` says what happened, `message` what to do, `details` is typed by the code. */
export class SyncError<TCode extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'SyncError'
  readonly code: TCode
  readonly details: ErrorDetails[TCode]

  constructor(
    code: TCode,
    message: string,
    details: ErrorDetails[TCode],
    options?: { readonly cause?: unknown },
  ) {
    super(message, options)
    this.code = code
    this.details = details
  }

  get disposition(): Disposition {
    return dispositions[this.code]
  }
}

export const isSyncError = (error: unknown): error is SyncError => error instanceof SyncError

/** True when `error` is a SyncError of this code; narrows `details`. */
export const hasCode = <TCode extends ErrorCode>(error: unknown, code: TCode): error is SyncError<TCode> =>
  isSyncError(error) && error.code === code

/** One sentence of whatever was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
