import { SyncError, type ErrorCode } from '../../base/errors.ts'
import type { SyncState } from '../../model/sync-state.ts'

/** A state as it goes from tab to tab: an error is cloned without its code. */
export type SentState =
  | Exclude<SyncState, { readonly error: SyncError }>
  | (Omit<Extract<SyncState, { readonly error: SyncError }>, 'error'> & { readonly error: SentError })

interface SentError {
  readonly code: ErrorCode
  readonly message: string
  readonly details: object
}

export const sendState = (state: SyncState): SentState => {
  if (!('error' in state)) return state
  const { code, message, details } = state.error
  return { ...state, error: { code, message, details } }
}

export const receiveState = (state: SentState): SyncState => {
  if (!('error' in state)) return state
  const { code, message, details } = state.error
  const error = new SyncError(code, message, details)
  return { ...state, error } as SyncState
}
