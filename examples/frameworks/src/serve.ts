import { TRPCError, initTRPC } from '@trpc/server'
import express, { type Request } from 'express'
import { serveApp, type Server } from '@holdfast-examples/support/server'
import { allowAll, createSyncRouter } from '@holdfast/server'
import { createExpressMiddleware } from '@holdfast/server/express'
import { bundlePage, frameworks } from './bundle.ts'
import { schema } from './schema.ts'

interface Context {
  readonly user: { readonly id: string } | undefined
}

/** For trying out only: whoever says a name is that user. */
const createContext = ({ req }: { readonly req: Request }): Context => {
  const [, id] = /^Bearer token of (\w+)$/.exec(req.headers.authorization ?? '') ?? []
  return { user: id === undefined ? undefined : { id } }
}

/** The page of each framework under its name, and the app's tRPC router with sync in it. */
export const serve = (): Promise<Server> =>
  serveApp((store) => {
    const t = initTRPC.context<Context>().create()
    const procedure = t.procedure.use(({ ctx: { user }, next }) => {
      if (user === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' })
      return next({ ctx: { user } })
    })
    const sync = createSyncRouter({
      schema,
      store,
      procedure,
      scopes: () => ['team-1'],
      authorize: allowAll,
      tokenSecrets: ['for trying out only, 32 bytes or more'],
    })
    const app = express().use('/trpc', createExpressMiddleware({ router: t.router({ sync }), createContext }))
    for (const framework of frameworks) {
      app.get(`/${framework}`, async (_, response) => {
        response.type('html').send(pageOf(framework, await bundlePage(framework)))
      })
    }
    return app
  })

const pageOf = (title: string, script: string): string =>
  `<!doctype html><meta charset="utf-8"><title>${title}</title><body><script>${script.replaceAll('</script', String.raw`<\/script`)}</script>`
