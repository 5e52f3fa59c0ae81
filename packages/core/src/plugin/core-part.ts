import type { Environment } from '../base/environment.ts'
import type { SyncError } from '../base/errors.ts'
import type { SessionTime } from '../base/session-time.ts'
import type { Operation } from '../model/operation.ts'
import type { SyncActivity } from '../model/events.ts'
import type { Schema } from '../model/schema.ts'
import type { Store } from '../storage/store.ts'
import type { HookRunner } from './hook-runner.ts'
import type { CompactionRequest, PluginArchive } from './plugin-client.ts'

/** One scope of a client, as far as parts work on it. */
export interface PartContext {
  readonly scope: string
  readonly store: Store
  readonly schema: Schema
  readonly environment: Environment
  readonly hooks: HookRunner
  readonly tell: (make: () => SyncActivity) => void
  /** A failure that ends nothing, for logs and events. */
  readonly onProblem: (error: SyncError) => void
}

/** Lets the `compactQueue` hooks fold what was never sent. */
export interface CompactionPart {
  readonly kind: 'compaction'
  /** @returns how many operations are no longer in the queue */
  readonly compact: (
    context: PartContext,
    request: Omit<CompactionRequest, 'scope'>,
    signal?: AbortSignal,
  ) => Promise<number>
}

export interface ArchivePartContext extends Pick<PartContext, 'store' | 'environment'> {
  readonly session: SessionTime
  /** The joined scopes. */
  readonly scopes: () => readonly string[]
}

/** Removes decided operations. */
export interface ArchivePart {
  readonly kind: 'archive'
  readonly open: (context: ArchivePartContext) => PluginArchive
}

export interface ExpiryPartContext extends PartContext {
  /** Without it no operation has an age. */
  readonly session?: SessionTime | undefined
}

/** Lets the `expireQueue` hooks end what was never sent, and hides records that are over. */
export interface ExpiryPart {
  readonly kind: 'expiry'
  /** @returns milliseconds until the next operation may be due; undefined: none is left */
  readonly expire: (context: ExpiryPartContext, signal?: AbortSignal) => Promise<number | undefined>
  /** @returns milliseconds until the next record is due; undefined: none is */
  readonly hide: (context: ExpiryPartContext) => Promise<number | undefined>
}

export interface MigrationProgress {
  readonly from: string
  readonly to: string
  /** Records, staged rows and dead letters that are in the new shape. */
  readonly done: number
}

export interface Migrating {
  readonly schema: Schema
  readonly hooks: Pick<HookRunner, 'has' | 'waterfall'>
  readonly onProgress?: ((progress: MigrationProgress) => void) | undefined
}

/** Lets the `migrateRecord` and `migrateOperation` hooks bring up what is on the device. */
export interface MigrationPart {
  readonly kind: 'migration'
  readonly migrate: (store: Store, migrating: Migrating) => Promise<void>
  /** What was decided before the version rose, and has to be shown and sent again. @throws SyncError what a hook throws */
  readonly bringUp: (migrating: Omit<Migrating, 'onProgress'>, operation: Operation) => Promise<Operation>
}

/** What of core only plugins need, and so only a plugin brings (docs/decisions/0036). */
export type CorePart = CompactionPart | ExpiryPart | ArchivePart | MigrationPart

export type PartOf<TKind extends CorePart['kind']> = Extract<CorePart, { readonly kind: TKind }>

/** The parts that a client has. */
export type CoreParts = { readonly [TKind in CorePart['kind']]: PartOf<TKind> | undefined }
