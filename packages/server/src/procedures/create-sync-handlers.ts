import type {
  AnyCollection,
  LiveEvent,
  PreflightOutput,
  PullOutput,
  PushOutput,
  ResumeOutput,
  SnapshotOutput,
} from '@holdfast/core/protocol'
import { announcingStore } from '../broadcast/announcing-store.ts'
import { createLiveHub } from '../live/live-hub.ts'
import { live } from '../live/live.ts'
import { outboxStore } from '../outbox/outbox-store.ts'
import { resolveOptions, type SyncOptions } from '../options.ts'
import { createServerHookRunner } from '../plugin/kernel.ts'
import { createTokenSigner } from '../tokens/signer.ts'
import { createServerWrite } from '../write/create-server-write.ts'
import type { ServerWrite } from '../write/server-write.ts'
import type { Deps } from './deps.ts'
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
}

/** @throws SyncError MISCONFIGURED with a sentence that says what is missing */
export const createSyncHandlers = <TContext, TDatabase, TCollections extends Collections = Collections>(
  given: SyncOptions<TContext, TDatabase, TCollections>,
): SyncServer<TContext, TDatabase, TCollections> => {
  const options = resolveOptions(given)
  const { plugins, environment, logger, limits, schema } = options
  const hooks = createServerHookRunner({ plugins, environment, logger, hookMs: limits.hookMs })
  for (const { server } of plugins) server?.start?.({ schema })
  const deps: Deps<TContext, TDatabase> = {
    options: {
      ...options,
      store: announcingStore(
        versionedStore(options.outbox === true ? outboxStore(options.store) : options.store, {
          schemaVersion: schema.version,
          hooks,
        }),
        options.broadcaster,
        logger,
      ),
    },
    signer: createTokenSigner(options.tokenSecrets),
    hooks,
  }
  const hub = createLiveHub(options.broadcaster, limits, environment.random)
  return {
    push: async (ctx, input) => plainAnswer(await push(deps, ctx, input)),
    pull: async (ctx, input) => plainAnswer(await pull(deps, ctx, input)),
    preflight: async (ctx, input) => plainAnswer(await preflight(deps, ctx, input)),
    snapshot: async (ctx, input) => plainAnswer(await snapshot(deps, ctx, input)),
    resume: async (ctx, input) => plainAnswer(await resume(deps, ctx, input)),
    live: (ctx, input, signal) => live({ ...deps, hub }, ctx, input, signal),
    write: createServerWrite(deps),
  }
}
