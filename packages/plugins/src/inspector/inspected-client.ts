import type {
  ConflictAnswer,
  OpenConflict,
  Operation,
  QueueState,
  ScopeStatus,
  SyncEvent,
  SyncProgress,
  SyncState,
} from '@holdfast/core'
import type { Observable } from 'rxjs'
import type { InspectableApi } from './inspectable.ts'

/** One collection, as far as it is looked at. */
export interface InspectedCollection {
  readonly find$: (query: { readonly limit: number }) => Observable<readonly object[]>
  readonly count$: () => Observable<number>
}

/** What the inspector uses of a `SyncClient`, whatever its schema and its plugins. */
export interface InspectedClient {
  readonly collections: Readonly<Record<string, InspectedCollection>>
  readonly state$: Observable<SyncState>
  readonly ready$: Observable<boolean>
  readonly progress$: Observable<SyncProgress | undefined>
  readonly queue$: Observable<QueueState>
  readonly events$: Observable<SyncEvent>
  readonly scopes: {
    readonly list$: () => Observable<readonly string[]>
    readonly get: (scope: string) => Pick<ScopeStatus, 'state$' | 'ready$'> | undefined
  }
  readonly operations: {
    readonly list: () => Promise<readonly Operation[]>
    readonly history: (collection: string, recordId: string) => Promise<readonly Operation[]>
    readonly cancel: (operationId: string) => Promise<void>
  }
  readonly conflicts: {
    readonly list$: () => Observable<readonly OpenConflict[]>
    readonly resolve: (conflictId: string, answer: ConflictAnswer) => Promise<unknown>
  }
  readonly deadLetters: {
    readonly list$: () => Observable<readonly Operation[]>
    readonly retry: (operationId: string) => Promise<unknown>
    readonly discard: (operationId: string) => Promise<void>
  }
  readonly plugins: Readonly<Record<string, unknown>>
  readonly start: () => void
  readonly pause: () => void
  readonly syncNow: () => Promise<SyncState>
}

/** What the plugin `inspectable` gives, where the app uses it. */
export const inspectableOf = ({ plugins }: InspectedClient): InspectableApi | undefined =>
  plugins['inspectable'] as InspectableApi | undefined
