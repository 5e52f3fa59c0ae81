export {
  createExpressMiddleware,
  type ExpressMiddlewareOptions,
} from './express/create-express-middleware.ts'
export {
  createSyncMiddleware,
  type SyncContext,
  type SyncMiddleware,
  type SyncMiddlewareOptions,
} from './express/create-sync-middleware.ts'
export { defaultHttpLimits, type HttpLimits } from './express/http-limits.ts'
