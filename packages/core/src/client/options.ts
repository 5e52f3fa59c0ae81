import type { Environment } from '../base/environment.ts'
import { SyncError } from '../base/errors.ts'
import { escapeKeyPart } from '../base/keys.ts'
import type { RetryPolicy } from '../engine/backoff.ts'
import type { Connectivity } from '../engine/scope-engine.ts'
import type { AnyCollection, Schema } from '../model/schema.ts'
import type { Plugin } from '../plugin/define-plugin.ts'
import { scope } from '../protocol/parts.ts'
import { maxPage } from '../protocol/pull.ts'
import { maxBatch } from '../protocol/push.ts'
import type { StorageAdapter } from '../storage/contract.ts'
import type { Transport } from '../transport/contract.ts'

/** Where the client tells of what ends nothing but somebody should see. */
export interface Logger {
  readonly error: (message: string, error?: unknown) => void
  readonly debug: (message: string) => void
}

export interface SyncClientOptions<
  TCollections extends Readonly<Record<string, AnyCollection>> = Readonly<Record<string, AnyCollection>>,
  TPlugins extends readonly Plugin[] = readonly Plugin[],
> {
  readonly schema: Schema<TCollections>
  /** Whose data this is: the local database and its queue belong to this user alone. */
  readonly user: string
  readonly storage: StorageAdapter
  readonly transport: Transport
  /** What to sync: exactly one scope for now. */
  readonly scopes: readonly [string]
  readonly plugins?: TPlugins
  readonly limits?: {
    /** Writes are refused with QUEUE_FULL once so many operations are undecided. Default 5,000. */
    readonly maxOps?: number
    /** Most records of one page of the server, 1 to 1,000. Default 500. */
    readonly page?: number
  }
  readonly batch?: {
    /** Most operations in one push, 1 to 200. Default 200. */
    readonly operations?: number
    /** Most bytes of operations in one push. Default 800,000: servers take bodies of 1 MiB. */
    readonly bytes?: number
  }
  /** Waits between failures, in milliseconds. Default: up to 1 s, doubling up to 60 s, full jitter. */
  readonly retry?: Partial<RetryPolicy>
  /** Milliseconds between two pulls while nothing else happens. Default 60,000. */
  readonly pollEvery?: number
  /** Default: always online; failures are noticed all the same. */
  readonly connectivity?: Connectivity
  /** False: sync begins with `client.start()`. Default true. */
  readonly autoStart?: boolean
  readonly environment?: Environment
  readonly logger?: Logger
}

const misconfigured = (option: string, sentence: string): SyncError<'MISCONFIGURED'> =>
  new SyncError('MISCONFIGURED', `createSyncClient: ${option} ${sentence}.`, { option })

/** @throws SyncError MISCONFIGURED naming the option */
export const checkOptions = (options: SyncClientOptions): void => {
  const given: Partial<SyncClientOptions> = options
  for (const option of ['schema', 'storage', 'transport'] as const) {
    if (given[option] === undefined) throw misconfigured(option, 'is missing')
  }
  if (typeof options.user !== 'string' || options.user === '') {
    throw misconfigured('user', 'must name the user that the local data belongs to')
  }
  if (!Array.isArray(options.scopes) || options.scopes.length !== 1 || options.scopes[0] === '') {
    throw misconfigured('scopes', 'must be a list of exactly one scope name')
  }
  if (!scope.safeParse(options.scopes[0]).success || escapeKeyPart(options.scopes[0]).length > 400) {
    throw misconfigured(
      'scopes',
      'holds a name that is too long: 128 characters at most, fewer where they are no ASCII',
    )
  }
  checkRange('limits.maxOps', options.limits?.maxOps, [1, Number.MAX_SAFE_INTEGER])
  checkRange('limits.page', options.limits?.page, [1, maxPage])
  checkRange('batch.operations', options.batch?.operations, [1, maxBatch])
  checkRange('batch.bytes', options.batch?.bytes, [1, Number.MAX_SAFE_INTEGER])
  checkRange('pollEvery', options.pollEvery, [1, 2_147_483_647])
  checkRange('retry.base', options.retry?.base, [1, 2_147_483_647])
  checkRange('retry.cap', options.retry?.cap, [1, 2_147_483_647])
}

const checkRange = (
  option: string,
  value: number | undefined,
  [least, most]: readonly [number, number],
): void => {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return
  throw misconfigured(option, `must be a whole number from ${least} to ${most}`)
}
