import type { AnyTRPCRouter, inferRouterContext } from '@trpc/server'
import {
  createExpressMiddleware as createTrpcMiddleware,
  type CreateExpressContextOptions,
} from '@trpc/server/adapters/express'
import type { RequestHandler } from 'express'
import { bodyLimit } from './body-limit.ts'
import {
  bodyTooLarge,
  defaultHttpLimits,
  isPlainBody,
  isWithin,
  unsupportedEncoding,
  type HttpLimits,
} from './http-limits.ts'

export interface ExpressMiddlewareOptions<TRouter extends AnyTRPCRouter> {
  /** The app's router, with the sync router in it. */
  readonly router: TRouter
  readonly createContext: (
    options: CreateExpressContextOptions,
  ) => inferRouterContext<TRouter> | Promise<inferRouterContext<TRouter>>
  readonly limits?: Partial<HttpLimits> | undefined
}

/** tRPC's own Express middleware, with limits on what a request may cost, and answers that no cache keeps. */
export const createExpressMiddleware = <TRouter extends AnyTRPCRouter>(
  options: ExpressMiddlewareOptions<TRouter>,
): RequestHandler => {
  const limits = { ...defaultHttpLimits, ...options.limits }
  const { router, createContext } = options

  return (req, res, next) => {
    res.setHeader('Cache-Control', 'no-store')
    res.vary('Authorization, Cookie')
    const maxBodySize = bodyLimit(router, req.path, limits)
    const isPlain = isPlainBody(req)
    if (!isPlain || !isWithin(req, maxBodySize)) {
      const { status, body } = isPlain ? bodyTooLarge : unsupportedEncoding
      res.status(status).json(body)
      return
    }
    // tRPC sets a Vary of its own in place of what is there, of the app's CORS for one.
    const vary = String(res.getHeader('vary'))
    const handle = createTrpcMiddleware({
      router,
      createContext,
      responseMeta: () => ({ headers: new Headers({ vary }) }),
      maxBodySize,
      maxBatchSize: limits.calls,
    } as Parameters<typeof createTrpcMiddleware<TRouter>>[0])
    handle(req, res, next)
  }
}
