import { SyncError, isSyncError, reasonOf, type ErrorCode, type ErrorDetails } from '../base/errors.ts'
import { isObject } from '../base/objects.ts'
import { keptResponse } from './keep-response.ts'

interface Failure {
  readonly status: number | undefined
  /** The body was a tRPC error: the app's own server spoke, and no proxy on the way. */
  readonly isOurs: boolean
  /** Something answered, but not in JSON. */
  readonly isUnreadable: boolean
  readonly retryAfterMs: number | undefined
  readonly reason: string
}

/**
 * What failed on the way to the server, as a SyncError. None of these ends an operation: only a verdict in a
 * well-formed answer does.
 */
export const toTransportError = (error: unknown, procedure: string): SyncError => {
  // tRPC wraps what the app's own `headers` and `fetch` throw.
  const thrown = error instanceof Error && isSyncError(error.cause) ? error.cause : error
  return isSyncError(thrown) ? thrown : failureToError(readFailure(error), procedure, error)
}

/** An answer that is not what was asked for, as a SyncError. */
export const answerToError = async (response: Response, procedure: string): Promise<SyncError> => {
  const { status, headers } = response
  const body: unknown = await response.json().catch(() => undefined)
  const isOurs = isObject(body) && 'error' in body
  const failure = {
    status,
    isOurs,
    isUnreadable: false,
    retryAfterMs: retryAfter(headers),
    reason: `HTTP ${status}`,
  }
  return failureToError(failure, procedure, undefined)
}

/** tRPC's own error, as it comes in a stream. */
export const shapeToError = (shape: unknown, procedure: string): SyncError => {
  const data = isObject(shape) ? shape['data'] : undefined
  const status = isObject(data) && typeof data['httpStatus'] === 'number' ? data['httpStatus'] : 500
  const failure = {
    status,
    isOurs: true,
    isUnreadable: false,
    retryAfterMs: undefined,
    reason: `HTTP ${status}`,
  }
  return failureToError(failure, procedure, undefined)
}

const failureToError = (failure: Failure, procedure: string, cause: unknown): SyncError => {
  const { status, isOurs, isUnreadable, retryAfterMs, reason } = failure
  const failed = <TCode extends ErrorCode>(
    code: TCode,
    message: string,
    details: ErrorDetails[TCode],
  ): SyncError => new SyncError(code, message, details, { cause })
  const strange = (what: string): SyncError => {
    const message = `The answer${what} is not from a Holdfast server; check the URL. It will be tried again.`
    return failed('BAD_ANSWER', message, { ...(status === undefined ? {} : { status }), reason })
  }

  if (status === undefined) {
    if (isUnreadable) return strange('')
    const message = 'The server can not be reached; changes stay on this device and will be sent later.'
    return failed('NETWORK_UNREACHABLE', message, { reason })
  }
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (status === 401) {
    const message = 'The server wants a new token: refresh it, then call client.start().'
    return failed('AUTH_REQUIRED', message, { procedure })
  }
  if (status === 403 && isOurs) {
    const message = 'The server does not let this user sync: check the account, then call client.start().'
    return failed('FORBIDDEN_OR_MISSING', message, {})
  }
  if (status === 429) {
    const message = 'The server asks to be called less often; it will be tried again.'
    return failed('RATE_LIMITED', message, wait)
  }
  if (status === 413) {
    const message = 'The server refused the size of a request: lower batch.bytes, or raise its body limit.'
    return failed('TOO_LARGE', message, { what: 'request', limit: 0 })
  }
  if (status >= 500) {
    const message = `The server failed (${status}); it will be tried again.`
    return failed('SERVER_FAILED', message, { status, ...wait })
  }
  return strange(` (${status})`)
}

const readFailure = (error: unknown): Failure => {
  const { response, data, isUnreadable } = readAnswer(error)
  const ours = isObject(data) && typeof data['httpStatus'] === 'number' ? data['httpStatus'] : undefined
  return {
    status: ours ?? response?.status,
    isOurs: ours !== undefined,
    isUnreadable,
    retryAfterMs: response && retryAfter(response.headers),
    reason: reasonOf(error),
  }
}

interface Answer {
  readonly response?: Response | undefined
  readonly data?: unknown
  readonly isUnreadable: boolean
}

/** tRPC's errors are known by their name: the app's own client may come from any copy of it. */
const readAnswer = (error: unknown): Answer => {
  if (!(error instanceof Error) || error.name !== 'TRPCClientError') return { isUnreadable: false }
  const { data, meta } = error as { readonly data?: unknown; readonly meta?: unknown }
  const response = isObject(meta) && meta['response'] instanceof Response ? meta['response'] : undefined
  return {
    response: response ?? keptResponse(error.cause),
    data,
    isUnreadable: error.cause instanceof SyntaxError,
  }
}

/** Seconds, or a date, which is measured against the answer's own date and not against a clock of ours. */
const retryAfter = (headers: Headers): number | undefined => {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000
  const wait = Date.parse(value) - Date.parse(headers.get('date') ?? '')
  return Number.isFinite(wait) && wait > 0 ? wait : undefined
}
