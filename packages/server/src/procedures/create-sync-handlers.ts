import type {
  AnyCollection,
  LiveEvent,
  ProcedureName,
  PreflightOutput,
  PullOutput,
  PushOutput,
  Refusal,
  ResumeOutput,
  SnapshotOutput,
} from '@holdfast/core/protocol'
import { announcingStore } from '../broadcast/announcing-store.ts'
import { createCapture, type AdoptOptions, type AdoptReport, type CaptureReport } from '../mirror/capture.ts'
import { createMirror } from '../mirror/mirroring-store.ts'
import { createLiveHub } from '../live/live-hub.ts'
import { live } from '../live/live.ts'
import { createHealth, type Health } from '../observe/health.ts'
import { createObserver } from '../observe/observer.ts'
import { outboxStore } from '../outbox/outbox-store.ts'
import { allowAll, resolveOptions, type SyncOptions } from '../options.ts'
import { createServerHookRunner } from '../plugin/kernel.ts'
import { createTokenSigner } from '../tokens/signer.ts'
import { createServerWrite } from '../write/create-server-write.ts'
import type { ServerWrite } from '../write/server-write.ts'
import { assertRate } from '../rates/rate-limiter.ts'
import { callerOf } from './access.ts'
import { answering } from './answering.ts'
import type { Deps } from './deps.ts'
import { inTime } from './in-time.ts'
import { plainAnswer } from './plain-answer.ts'
import { preflight } from './preflight.ts'
import { pull } from './pull.ts'
import { push } from './push/push.ts'
import { resume } from './resume.ts'
import { snapshot } from './snapshot.ts'
import { versionedStore } from './versioned-store.ts'

type Collections = Readonly<Record<string, AnyCollection>>

/**
 * The procedures without a transport. `input` is whatever the wire brought; what is wrong with it, or with the
 * server, comes back as a typed refusal. Nothing is thrown.
 */
export interface SyncHandlers<TContext> {
  readonly push: (ctx: TContext, input: unknown) => Promise<PushOutput>
  readonly pull: (ctx: TContext, input: unknown) => Promise<PullOutput>
  readonly preflight: (ctx: TContext, input: unknown) => Promise<PreflightOutput>
  readonly snapshot: (ctx: TContext, input: unknown) => Promise<SnapshotOutput>
  readonly resume: (ctx: TContext, input: unknown) => Promise<ResumeOutput>
}

export interface SyncServer<
  TContext,
  TDatabase,
  TCollections extends Collections = Collections,
> extends SyncHandlers<TContext> {
  /** What `live` tells, until the signal aborts or it ends by itself. */
  readonly live: (ctx: TContext, input: unknown, signal: AbortSignal) => AsyncIterable<LiveEvent>
  readonly write: ServerWrite<TContext, TDatabase, TCollections>
  /**
   * Takes in what was written to the app's own models past the sync API, of at most `limit` marks (default 500). Pulls do that by
   * themselves; live streams hear of it by this, see `startCapture`.
   */
  readonly capture: (limit?: number) => Promise<CaptureReport>
  /** Takes in the rows that the app's models have already. Goes on where an earlier call ended. */
  readonly adopt: (options?: AdoptOptions) => Promise<AdoptReport>
  /** Whether this process can do its work. Never rejects. */
  readonly health: () => Promise<Health>
}

/** @throws SyncError MISCONFIGURED with a sentence that says what is missing */
export const createSyncHandlers = <TContext, TDatabase, TCollections extends Collections = Collections>(
  given: SyncOptions<TContext, TDatabase, TCollections>,
): SyncServer<TContext, TDatabase, TCollections> => {
  const options = resolveOptions(given)
  const { plugins, environment, logger, limits, schema } = options
  const hooks = createServerHookRunner({ plugins, environment, logger, hookMs: limits.hookMs })
  for (const { server } of plugins) server?.start?.({ schema })
  if (given.authorize === allowAll)
    logger.info?.(
      'authorize is allowAll: whoever may read a scope may change and delete everything in it.',
      {},
    )
  const announcing = announcingStore(
    versionedStore(options.outbox === true ? outboxStore(options.store) : options.store, {
      schemaVersion: schema.version,
      hooks,
    }),
    options.broadcaster,
    logger,
  )
  const mirror = createMirror(announcing, { schema, environment, logger })
  const store = mirror?.store ?? announcing
  const capture = createCapture(mirror, store.touched, { clock: environment.clock, logger })
  const deps: Deps<TContext, TDatabase> = {
    options: { ...options, store },
    signer: createTokenSigner(options.tokenSecrets),
    hooks,
  }
  const observer = createObserver(options)
  const hub = createLiveHub(options.broadcaster, limits, { random: environment.random, tell: observer.tell })
  const write = createServerWrite<TContext, TDatabase, TCollections>(deps)
  const observed = async <TAnswer extends object>(
    procedure: ProcedureName,
    { ctx, input }: { readonly ctx: TContext; readonly input: unknown },
    run: (timely: Deps<TContext, TDatabase>) => Promise<TAnswer>,
  ): Promise<TAnswer | Refusal> => {
    let lockWaitMs = 0
    const onLocked = (waitedMs: number): void => {
      lockWaitMs = Math.max(lockWaitMs, waitedMs)
    }
    const answer = (): Promise<TAnswer | Refusal> =>
      answering(deps, procedure, async () => {
        await assertRate(options, () => callerOf(deps, ctx), procedure)
        return await inTime(deps, onLocked, run)
      })
    return plainAnswer(await observer.answering(procedure, { input, lockWaitMs: () => lockWaitMs }, answer))
  }
  return {
    push: (ctx, input) => observed('push', { ctx, input }, (timely) => push(timely, ctx, input)),
    pull: (ctx, input) =>
      observed('pull', { ctx, input }, (timely) => capture.before(() => pull(timely, ctx, input))),
    preflight: (ctx, input) =>
      observed('preflight', { ctx, input }, (timely) => capture.before(() => preflight(timely, ctx, input))),
    snapshot: (ctx, input) =>
      observed('snapshot', { ctx, input }, (timely) => capture.before(() => snapshot(timely, ctx, input))),
    resume: (ctx, input) => observed('resume', { ctx, input }, (timely) => resume(timely, ctx, input)),
    live: (ctx, input, signal) => live({ ...deps, hub }, ctx, input, signal),
    write: (ctx, scope, run) => observer.writing(scope, () => write(ctx, scope, run)),
    capture: capture.run,
    adopt: capture.adopt,
    health: createHealth(options),
  }
}
