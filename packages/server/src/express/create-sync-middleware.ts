import { TRPCError, initTRPC } from '@trpc/server'
import type { Request, RequestHandler } from 'express'
import { SyncError, isSyncError } from '@holdfast/core'
import { guardedSuperjson, type AnyCollection } from '@holdfast/core/protocol'
import type { SyncOptions } from '../options.ts'
import { createSyncRouter } from '../router/create-sync-router.ts'
import type { Health } from '../observe/health.ts'
import type { SyncServer } from '../procedures/create-sync-handlers.ts'
import type { ServerWrite } from '../write/server-write.ts'
import { createExpressMiddleware } from './create-express-middleware.ts'
import type { HttpLimits } from './http-limits.ts'

/** What `scopes` and `authorize` get as `ctx`. */
export interface SyncContext<TUser> {
  readonly user: TUser
  readonly req: Request
}

type Collections = Readonly<Record<string, AnyCollection>>

export interface SyncMiddlewareOptions<
  TUser extends { readonly id: string },
  TDatabase,
  TCollections extends Collections = Collections,
> extends Omit<SyncOptions<SyncContext<TUser>, TDatabase, TCollections>, 'user'> {
  /** Who is calling, by headers or cookies; undefined answers 401. The body has not been read yet. */
  readonly authenticate: (req: Request) => TUser | undefined | Promise<TUser | undefined>
  readonly httpLimits?: Partial<HttpLimits> | undefined
}

/** The request handler, and what the app's own server code calls; of `write` it has a user and maybe no request. */
export type SyncMiddleware<
  TUser extends { readonly id: string },
  TDatabase,
  TCollections extends Collections = Collections,
> = RequestHandler & {
  readonly write: ServerWrite<Pick<SyncContext<TUser>, 'user'>, TDatabase, TCollections>
  readonly health: () => Promise<Health>
} & Pick<SyncServer<SyncContext<TUser>, TDatabase, TCollections>, 'capture' | 'adopt'>

interface OpenContext<TUser> {
  readonly user: TUser | undefined
  readonly req: Request
}

/** A malformed message is the client's fault: 400, where tRPC would say 500. */
const transformer = {
  serialize: guardedSuperjson.serialize,
  deserialize(message: unknown): unknown {
    try {
      return guardedSuperjson.deserialize(message)
    } catch (error) {
      if (isSyncError(error)) throw new TRPCError({ code: 'BAD_REQUEST', cause: error })
      throw error
    }
  },
}

/**
 * The whole sync endpoint for an app that has no tRPC: `app.use('/sync', createSyncMiddleware(...))`. The client
 * reaches it with `trpcTransport({ url: '/sync', path: '' })`.
 * @throws SyncError MISCONFIGURED without `authenticate`, `scopes`, `authorize` or `tokenSecrets`
 */
export const createSyncMiddleware = <
  TUser extends { readonly id: string },
  TDatabase,
  TCollections extends Collections = Collections,
>(
  options: SyncMiddlewareOptions<TUser, TDatabase, TCollections>,
): SyncMiddleware<TUser, TDatabase, TCollections> => {
  const { authenticate, httpLimits, ...sync } = options
  if (typeof (authenticate as unknown) !== 'function') {
    throw new SyncError('MISCONFIGURED', 'authenticate is missing: a function (req) that returns the user.', {
      option: 'authenticate',
    })
  }
  const t = initTRPC.context<OpenContext<TUser>>().create({
    transformer,
    isDev: false,
    // Codes only: messages and stacks say more than a stranger needs.
    errorFormatter: ({ shape, error }) => ({
      code: shape.code,
      message: error.code,
      data: { code: error.code, httpStatus: shape.data.httpStatus },
    }),
  })
  const procedure = t.procedure.use(({ ctx, next }) => {
    const { user } = ctx
    if (user === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' })
    return next({ ctx: { user } })
  })
  const router = createSyncRouter({ ...sync, procedure })
  const middleware = createExpressMiddleware({
    router: t.router(router._def.record),
    createContext: async ({ req }) => ({ req, user: await authenticate(req) }),
    limits: httpLimits,
  })
  return Object.assign(middleware, {
    health: router.health,
    capture: router.capture,
    adopt: router.adopt,
    write: ((ctx, scope, run) =>
      // Only who it is matters there.
      router.write(ctx as SyncContext<TUser>, scope, run)) satisfies SyncMiddleware<
      TUser,
      TDatabase,
      TCollections
    >['write'],
  })
}
