import { SyncError, isErrorCode, isSyncError } from '@holdfast/core'
import type { CommitBatch, ExternalCommit, ReadRequest } from '@holdfast/core/storage'

/** A `Worker`, the scope inside one, or a `MessagePort`. */
export interface StoragePort {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listen: (event: MessageEvent) => void): void
  /** A MessagePort waits for it. */
  start?(): void
}

export type Question =
  | { readonly kind: 'open'; readonly name: string }
  | { readonly kind: 'read'; readonly handle: number; readonly requests: readonly ReadRequest[] }
  | { readonly kind: 'commit'; readonly handle: number; readonly batch: CommitBatch }
  | { readonly kind: 'listen'; readonly handle: number }
  | { readonly kind: 'ignore'; readonly handle: number }
  | { readonly kind: 'close'; readonly handle: number }
  | { readonly kind: 'destroy'; readonly name: string }

export interface Asked {
  readonly holdfast: 'asked'
  readonly id: number
  readonly question: Question
}

export type Told =
  | { readonly holdfast: 'answered'; readonly id: number; readonly value: unknown }
  | { readonly holdfast: 'failed'; readonly id: number; readonly failure: Failure }
  | { readonly holdfast: 'heard'; readonly handle: number; readonly commit: ExternalCommit }
  /** The database was closed or destroyed on the other side. */
  | { readonly holdfast: 'ended'; readonly handle: number }

export interface Failure {
  readonly code: string
  readonly message: string
  readonly details: object
}

const kinds = ['asked', 'answered', 'failed', 'heard', 'ended']

/** An app may send messages of its own on the same port. */
export const isOurs = (message: unknown): message is Asked | Told =>
  typeof message === 'object' &&
  message !== null &&
  'holdfast' in message &&
  kinds.includes(String(message.holdfast))

export const toFailure = (error: unknown): Failure => {
  if (isSyncError(error)) return { code: error.code, message: error.message, details: error.details }
  const reason = error instanceof Error ? error.message : String(error)
  return { code: 'STORAGE_FAILED', message: reason, details: { reason } }
}

export const toError = ({ code, message, details }: Failure): SyncError =>
  isErrorCode(code)
    ? new SyncError(code, message, details)
    : new SyncError('STORAGE_FAILED', message, { reason: message })
