import { SyncError } from '@holdfast/core'
import type {
  AnyCollection,
  LiveInput,
  PreflightInput,
  PullInput,
  PushInput,
  ResumeInput,
  SnapshotInput,
} from '@holdfast/core/protocol'
import { initTRPC, type TRPCProcedureBuilder, type TRPCUnsetMarker } from '@trpc/server'
import type { SyncOptions } from '../options.ts'
import { createSyncHandlers } from '../procedures/create-sync-handlers.ts'
import { withSmallBody } from './small-body.ts'

type Unset = TRPCUnsetMarker

/** The app's own procedure: its middleware runs first, and what that puts in the context is `ctx` here. */
export type BaseProcedure<TContext, TMeta, TAdded> = TRPCProcedureBuilder<
  TContext,
  TMeta,
  TAdded,
  Unset,
  Unset,
  Unset,
  Unset,
  false
>

/** The context after the app's middleware. */
export type ContextAfter<TContext, TAdded> = TAdded extends object
  ? Omit<TContext, keyof TAdded> & TAdded
  : TContext

type Collections = Readonly<Record<string, AnyCollection>>

export interface SyncRouterOptions<
  TContext,
  TMeta,
  TAdded,
  TDatabase,
  TCollections extends Collections = Collections,
> extends SyncOptions<ContextAfter<TContext, TAdded>, TDatabase, TCollections> {
  /** Authenticates, and sets limits: nothing of the request is parsed before it has run. */
  readonly procedure: BaseProcedure<TContext, TMeta, TAdded>
}

/** The form is judged by the handlers: a wrong one is a typed refusal and not a tRPC error. */
const unparsed =
  <TInput>() =>
  (input: unknown): TInput =>
    input as TInput

/**
 * The sync procedures as a tRPC router, to be nested in the app's: `t.router({ sync: createSyncRouter(...) })`; and
 * `write` for the app's own server code.
 * @throws SyncError MISCONFIGURED without `procedure`, `scopes`, `authorize` or `tokenSecrets`
 */
export const createSyncRouter = <
  TContext extends object,
  TMeta extends object,
  TAdded,
  TDatabase,
  TCollections extends Collections = Collections,
>(
  options: SyncRouterOptions<TContext, TMeta, TAdded, TDatabase, TCollections>,
) => {
  const { procedure }: Partial<typeof options> = options
  if (procedure === undefined) {
    throw new SyncError('MISCONFIGURED', "procedure is missing: pass the app's authenticated procedure.", {
      option: 'procedure',
    })
  }
  const handlers = createSyncHandlers<ContextAfter<TContext, TAdded>, TDatabase, TCollections>(options)
  const contextOf = (ctx: unknown): ContextAfter<TContext, TAdded> => ctx as ContextAfter<TContext, TAdded>

  const router = initTRPC
    .context<TContext>()
    .create()
    .router({
      push: procedure
        .input(unparsed<PushInput>())
        .mutation(({ ctx, input }) => handlers.push(contextOf(ctx), input)),
      pull: withSmallBody(
        procedure
          .input(unparsed<PullInput>())
          .query(({ ctx, input }) => handlers.pull(contextOf(ctx), input)),
      ),
      preflight: procedure
        .input(unparsed<PreflightInput>())
        .mutation(({ ctx, input }) => handlers.preflight(contextOf(ctx), input)),
      snapshot: withSmallBody(
        procedure
          .input(unparsed<SnapshotInput>())
          .query(({ ctx, input }) => handlers.snapshot(contextOf(ctx), input)),
      ),
      resume: withSmallBody(
        procedure
          .input(unparsed<ResumeInput>())
          .query(({ ctx, input }) => handlers.resume(contextOf(ctx), input)),
      ),
      live: withSmallBody(
        procedure
          .input(unparsed<LiveInput>())
          .subscription(({ ctx, input, signal }) =>
            handlers.live(contextOf(ctx), input, signal ?? new AbortController().signal),
          ),
      ),
    })
  // Nested in the app's router, only the procedures are taken over.
  const { write, capture, adopt, health } = handlers
  return Object.assign(router, { write, capture, adopt, health })
}
