import { systemEnvironment, type Environment, type Schema } from '@holdfast/core'
import { maxBatch, withWholeClock, type AnyCollection, type RecordData } from '@holdfast/core/protocol'
import type { Broadcaster } from './broadcast/broadcaster.ts'
import { inProcessBroadcaster } from './broadcast/in-process.ts'
import { checkForms, demand } from './check-options.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { stderrLogger, type Logger } from './logger.ts'
import { createDisclose, createVisible, type Disclose, type Visible } from './outgoing/visible.ts'
import type { Audit } from './observe/audit.ts'
import type { ServerEvent } from './observe/events.ts'
import type { Tracer } from './observe/tracer.ts'
import type { ServerPlugin } from './plugin/hooks.ts'
import { inProcessRates } from './rates/in-process-rates.ts'
import type { RateLimiter } from './rates/rate-limiter.ts'
import {
  resolveServerOperations,
  type AnyServerOperation,
  type ServerOperations,
} from './server-operations.ts'
import { resolveServerOnly, type ServerOnly, type ServerOnlyFields } from './server-only.ts'
import type { ServerStore } from './store/contract.ts'

/** One operation that is about to be applied. */
export interface AuthorizeInput<TContext, TDatabase> {
  readonly ctx: TContext
  readonly tx: TDatabase
  readonly scope: string
  /**
   * `create`, `update` (also of what several updates were folded into), `delete`, `move`, or the name of an operation of the
   * collection. A move is asked about twice: of the scope that the record leaves, without `after`, and of the one where it
   * arrives, without `before`. Of a record that a server half changes besides its own: the name of the half's operation.
   */
  readonly action: string
  readonly collection: string
  /** The record as it is; undefined when it does not exist or is deleted. */
  readonly before: RecordData | undefined
  /** The record as it would be; undefined when it would be deleted. */
  readonly after: RecordData | undefined
}

/**
 * Judges one write, in the transaction. False: rejected with FORBIDDEN_OR_MISSING. A thrown SyncError: rejected
 * with its code, or tried again later where it passes by itself. Anything else thrown: tried again later.
 */
export type Authorize<TContext, TDatabase> = (
  input: AuthorizeInput<TContext, TDatabase>,
) => boolean | Promise<boolean>

/** Whoever may read a scope may write everything in it. Has to be spelled out, and is told to the logger. */
export const allowAll = (): boolean => true

type Collections = Readonly<Record<string, AnyCollection>>

export interface SyncOptions<TContext, TDatabase, TCollections extends Collections = Collections> {
  readonly schema: Schema<TCollections>
  readonly store: ServerStore<TDatabase>
  /** The scopes that the caller may read. Asked on every call, in the transaction. */
  readonly scopes: (ctx: TContext, tx: TDatabase) => readonly string[] | Promise<readonly string[]>
  readonly authorize: Authorize<TContext, TDatabase>
  /** What decides in place of an operation's guess: `{ accounts: { transfer: async ({ tx, record, input }) => ... } }`. */
  readonly serverOperations?: ServerOperations<NoInfer<TCollections>, TContext, TDatabase> | undefined
  /**
   * Fields that never leave the server: `{ invoices: ['cost'] }`. Server code and server halves write them; of devices a
   * creation goes on without them, and whatever else writes one is refused, INVALID. Declare them optional, or with a
   * default: devices don't have them.
   */
  readonly serverOnly?: ServerOnly<NoInfer<TCollections>> | undefined
  /**
   * What a verdict says of the server's record where a person has to choose, or an operation is to be made again: all that
   * its reader may see, or no value of it. With `none` a device shows the other side once it has pulled it, and takes the
   * answer then. Default `readable`.
   */
  readonly conflictData?: 'none' | 'readable' | undefined
  /** Who is calling. Default: `ctx.user.id`. */
  readonly user?: ((ctx: TContext) => string) | undefined
  /**
   * What becomes of a scope on a device whose user may no longer read it. `block`: sync of the scope is blocked, and what
   * the device has stays there. `remove`: the device removes it, and keeps of it only what its user wrote and nobody
   * applied. Default `block`: a slip in `scopes` empties no devices.
   */
  readonly revocation?: 'block' | 'remove' | undefined
  /** Sign cursors and tokens. The current one first, then those still accepted; each at least 32 bytes. */
  readonly tokenSecrets: readonly string[]
  /** Keeps an event of each batch that changed something, for `createOutboxWorker` to deliver. Default false. */
  readonly outbox?: boolean | undefined
  /** Tells other processes of news. Default: `inProcessBroadcaster()`, for a server of one process. */
  readonly broadcaster?: Broadcaster | undefined
  readonly limits?: Partial<Limits> | undefined
  /**
   * How often a user may ask: `inProcessRates()`, or a limiter whose counts all processes share. What comes too soon is
   * refused, RATE_LIMITED, and devices wait. `none`: as often as they like, for a server whose callers talk for many. Addresses,
   * and strangers, the app limits in front. Default: `inProcessRates()`.
   */
  readonly rates?: RateLimiter | 'none' | undefined
  readonly plugins?: readonly ServerPlugin<TDatabase>[] | undefined
  readonly environment?: Environment | undefined
  readonly logger?: Logger | undefined
  /** Told what the server did, after it did it: for logs and metrics (`createMetrics`). What it throws is only logged. */
  readonly onEvent?: ((event: ServerEvent) => void) | undefined
  /** Told of each operation of a push what became of it, once it is committed. What it throws is only logged. */
  readonly audit?: Audit | undefined
  /** A span for each request and each write of server code: `trace.getTracer('holdfast')` of OpenTelemetry. */
  readonly tracer?: Tracer | undefined
}

export interface ResolvedOptions<TContext, TDatabase> extends SyncOptions<TContext, TDatabase> {
  readonly user: (ctx: TContext) => string
  readonly broadcaster: Broadcaster
  readonly limits: Limits
  /** Undefined: nobody is limited. */
  readonly rates: RateLimiter | undefined
  readonly plugins: readonly ServerPlugin<TDatabase>[]
  readonly environment: Environment
  readonly logger: Logger
  /** By `halfKey`. */
  readonly serverHalves: ReadonlyMap<string, AnyServerOperation<TContext, TDatabase>>
  readonly halvedCollections: ReadonlySet<string>
  readonly serverOnlyFields: ServerOnlyFields
  readonly visible: Visible
  readonly disclose: Disclose
}

const optionNames: Readonly<Record<keyof SyncOptions<never, never>, true>> = {
  schema: true,
  store: true,
  scopes: true,
  authorize: true,
  serverOperations: true,
  serverOnly: true,
  conflictData: true,
  user: true,
  revocation: true,
  tokenSecrets: true,
  outbox: true,
  broadcaster: true,
  limits: true,
  rates: true,
  plugins: true,
  environment: true,
  logger: true,
  onEvent: true,
  audit: true,
  tracer: true,
}

const minSecretBytes = 32

const checkSecrets = (secrets: readonly unknown[] | undefined): void => {
  demand(
    secrets !== undefined && secrets.length > 0,
    'tokenSecrets',
    'tokenSecrets needs at least one secret, e.g. from an environment variable.',
  )
  for (const secret of secrets ?? []) {
    const long = typeof secret === 'string' && Buffer.byteLength(secret) >= minSecretBytes
    demand(long, 'tokenSecrets', `Each of tokenSecrets needs at least ${minSecretBytes} bytes.`)
  }
}

const checkLimits = (limits: Limits): void => {
  for (const [name, value] of Object.entries(limits)) {
    demand(
      Number.isSafeInteger(value) && value > 0,
      `limits.${name}`,
      `limits.${name} must be a positive integer.`,
    )
  }
  const fits = limits.batch <= maxBatch && limits.payload <= defaultLimits.payload
  demand(fits, 'limits', 'limits.batch and limits.payload can only be lowered: clients know the defaults.')
}

const resolveRates = ({
  rates,
  environment,
}: Pick<SyncOptions<never, never>, 'rates' | 'environment'>): RateLimiter | undefined =>
  rates === 'none' ? undefined : (rates ?? inProcessRates({}, environment))

const userOfContext = (ctx: unknown): string => {
  const user = (ctx as { readonly user?: { readonly id?: unknown } } | null | undefined)?.user
  return typeof user?.id === 'string' ? user.id : ''
}

/** @throws SyncError MISCONFIGURED with a sentence that says what is missing */
export const resolveOptions = <TContext, TDatabase, TCollections extends Collections>(
  options: SyncOptions<TContext, TDatabase, TCollections>,
): ResolvedOptions<TContext, TDatabase> => {
  const given: Partial<SyncOptions<TContext, TDatabase, TCollections>> = options
  demand(given.schema !== undefined, 'schema', 'schema is missing: pass what defineSchema returned.')
  demand(given.store !== undefined, 'store', 'store is missing, e.g. prismaStore(prisma).')
  demand(
    typeof given.scopes === 'function',
    'scopes',
    'scopes is missing: a function (ctx, tx) that lists what the caller may read.',
  )
  demand(
    typeof given.authorize === 'function',
    'authorize',
    'authorize is missing: a function that judges writes, or allowAll.',
  )
  checkSecrets(given.tokenSecrets)
  checkForms(given, Object.keys(optionNames))
  const limits = { ...defaultLimits, ...options.limits }
  checkLimits(limits)
  const { serverOperations = {}, serverOnly = {}, plugins = [], ...rest } = options
  const byPlugins = plugins.map(({ server }) => server?.operations ?? {})
  const allOperations: readonly object[] = [serverOperations, ...byPlugins]
  const serverOnlyFields = resolveServerOnly(options.schema, serverOnly)
  const visible = createVisible(serverOnlyFields)
  return {
    ...rest,
    serverOnlyFields,
    visible,
    disclose: createDisclose(visible, options.conflictData ?? 'readable'),
    serverHalves: resolveServerOperations<TContext, TDatabase>(options.schema, allOperations),
    halvedCollections: new Set(allOperations.flatMap((operations) => Object.keys(operations))),
    broadcaster: options.broadcaster ?? inProcessBroadcaster(),
    limits,
    rates: resolveRates(options),
    user: options.user ?? userOfContext,
    plugins,
    environment: withWholeClock(options.environment ?? systemEnvironment),
    logger: options.logger ?? stderrLogger,
  }
}
