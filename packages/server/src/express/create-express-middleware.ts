import type { AnyTRPCRouter, inferRouterContext } from '@trpc/server'
import {
  createExpressMiddleware as createTrpcMiddleware,
  type CreateExpressContextOptions,
} from '@trpc/server/adapters/express'
import type { RequestHandler } from 'express'
import { defaultHttpLimits, isPlainBody, unsupportedEncoding, type HttpLimits } from './http-limits.ts'

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
  const handle = createTrpcMiddleware({
    router: options.router,
    createContext: options.createContext,
    maxBodySize: limits.bodyBytes,
    maxBatchSize: limits.calls,
  } as Parameters<typeof createTrpcMiddleware<TRouter>>[0])

  return (req, res, next) => {
    res.setHeader('Cache-Control', 'no-store')
    if (isPlainBody(req)) handle(req, res, next)
    else res.status(415).json(unsupportedEncoding)
  }
}
