import type { Observable } from 'rxjs'
import type { SyncEvent } from '../model/events.ts'
import type { Operation } from '../model/operation.ts'
import type { RecordData } from '../model/record.ts'
import type { CompactionTrigger } from './hooks.ts'

/** Where a plugin's write went. */
export interface PluginReceipt {
  readonly recordId: string
  readonly operationId: string
}

/** What a plugin may ask of a collection, whatever the schema: it fails as the app's own calls do. */
export interface PluginWrites {
  readonly create: (record: Readonly<Record<string, unknown>>) => Promise<PluginReceipt>
  readonly update: (id: string, patch: Readonly<Record<string, unknown>>) => Promise<PluginReceipt>
  readonly delete: (id: string) => Promise<PluginReceipt>
  readonly run: Readonly<Record<string, (id: string, input: unknown) => Promise<PluginReceipt>>>
  readonly get: (id: string) => Promise<RecordData | undefined>
}

export interface PluginCollection extends PluginWrites {
  readonly find: () => Promise<readonly RecordData[]>
  readonly get$: (id: string) => Observable<RecordData | undefined>
  readonly find$: () => Observable<readonly RecordData[]>
}

export interface CompactionRequest {
  readonly trigger: CompactionTrigger
  readonly scope: string
  /** Default: all. */
  readonly record?: { readonly collection: string; readonly recordId: string } | undefined
}

/** Which decided operations stay (docs/decisions/0028). Times are milliseconds. */
export interface Cleaning {
  /** Of each scope. */
  readonly keep: number
  readonly olderThan: number
  /** What was applied less long ago stays in any case: the device can send it again if the server loses it. */
  readonly grace: number
  /** Collections whose operations are left alone, and don't count. */
  readonly except: readonly string[]
  /** Also where little has happened since the last time. */
  readonly force?: boolean | undefined
  /** Gets them before they are removed, at least once; if it fails they stay. */
  readonly onRemove?: ((operations: readonly Operation[]) => void | Promise<void>) | undefined
}

/** The decided operations of all joined scopes that have left the replay. Dead letters are none. */
export interface PluginArchive {
  readonly size: () => Promise<number>
  /** @returns how many were removed */
  readonly clean: (cleaning: Cleaning) => Promise<number>
}

/** A record of the server at the head that the device shows. */
export interface RecordBase {
  readonly version: number
  /** Undefined: it is deleted there. */
  readonly data: RecordData | undefined
  readonly updatedAt: number
  readonly updatedBy: string
}

/** A record in its layers: `shown` is `operations`, in the order made, on `base`. */
export interface LayeredRecord {
  readonly scope: string
  /** Undefined: the server has never had it, as far as this device knows. */
  readonly base: RecordBase | undefined
  /** Whatever is not in the base yet: not decided, in a conflict, or decided after the head that is shown. */
  readonly operations: readonly Operation[]
  /** Undefined: no record. */
  readonly shown: RecordData | undefined
}

/** The client that a plugin is part of, as far as plugins need it. */
export interface PluginClient {
  readonly collections: Readonly<Record<string, PluginCollection>>
  readonly transaction: <TResult>(
    work: (transaction: { readonly collections: Readonly<Record<string, PluginWrites>> }) => Promise<TResult>,
  ) => Promise<TResult>
  readonly operations: {
    readonly get: (operationId: string) => Promise<Operation | undefined>
    readonly settled: (operationId: string) => Promise<Operation>
    readonly cancel: (operationId: string) => Promise<void>
    readonly history: (collection: string, recordId: string) => Promise<readonly Operation[]>
  }
  readonly deadLetters: {
    readonly list: () => Promise<readonly Operation[]>
    readonly discard: (operationId: string) => Promise<void>
  }
  readonly events$: Observable<SyncEvent>
  /**
   * Lets the `compactQueue` hooks fold what was never sent, of one record or of a whole scope.
   * @returns how many operations are no longer in the queue
   */
  readonly compact: (request: CompactionRequest) => Promise<number>
  /**
   * Lets the `expireQueue` hooks end what was never sent, and hides records that are over, in all scopes.
   * @returns milliseconds until the next operation or record may be due; undefined: none is left
   */
  readonly expire: () => Promise<number | undefined>
  readonly archive: PluginArchive
  /** The id under which this device speaks to the server; another one once that took it for a copy. */
  readonly clientId: () => Promise<string>
  /** The joined scope that a record is in, or was; undefined where this device does not know it, and has several. */
  readonly scopeOf: (collection: string, recordId: string) => Promise<string | undefined>
  /** The same now, then wherever it goes. */
  readonly scopeOf$: (collection: string, recordId: string) => Observable<string | undefined>
  /** Undefined where this device knows nothing of the record. */
  readonly layersOf: (collection: string, recordId: string) => Promise<LayeredRecord | undefined>
  /** The server's time in milliseconds since 1970, as well as this device knows it; else its own. */
  readonly now: () => Promise<number>
}
