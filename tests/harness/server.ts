import { TRPCError, initTRPC } from '@trpc/server'
import express from 'express'
import type { Schema } from '@holdfast/core'
import { allowAll, createSyncRouter, type SyncOptions } from '@holdfast/server'
import { createExpressMiddleware } from '@holdfast/server/express'
import type { SqlRunner } from '@holdfast/server/prisma'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import { listen } from './listen.ts'

export interface User {
  readonly id: string
}

export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly prisma: TestDatabase['prisma']
  /** Users by token. A token that is taken out has expired. */
  readonly tokens: Map<string, User>
}

export interface ServerOptions extends Partial<
  Pick<
    SyncOptions<{ readonly user: User }, SqlRunner>,
    'authorize' | 'scopes' | 'limits' | 'rates' | 'plugins' | 'environment'
  >
> {
  readonly schema: Schema
  readonly database: TestDatabase
  /** Default: a free one. */
  readonly port?: number
  /** Pages and scripts by their paths. */
  readonly files?: Readonly<Record<`/${string}`, { readonly type: 'html' | 'js'; readonly body: string }>>
}

export const scope = 'team-1'

interface Context {
  readonly user: User | undefined
}

/** An app with a tRPC router of its own, and the sync router in it: Express, Prisma, tokens. */
export const startServer = async ({
  database,
  port,
  files = {},
  ...options
}: ServerOptions): Promise<TestServer> => {
  const { prisma, store } = database
  const tokens = new Map<string, User>()

  const t = initTRPC.context<Context>().create()
  const procedure = t.procedure.use(({ ctx, next }) => {
    if (ctx.user === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' })
    return next({ ctx: { user: ctx.user } })
  })
  const sync = createSyncRouter({
    store,
    procedure,
    scopes: () => [scope],
    authorize: allowAll,
    tokenSecrets: ['a secret for tests of thirty-two bytes'],
    rates: 'none',
    logger: { error: () => undefined },
    ...options,
  })

  const app = express()
  const createContext = ({ req }: { readonly req: express.Request }): Context => {
    const token = req.headers.authorization?.replace(/^Bearer /, '') ?? ''
    return { user: tokens.get(token) }
  }
  app.use('/trpc', createExpressMiddleware({ router: t.router({ sync }), createContext }))
  for (const [path, { type, body }] of Object.entries(files)) {
    app.get(path, (_, response) => void response.type(type).send(body))
  }
  const listening = await listen(app, port)
  return {
    url: listening.url,
    prisma,
    tokens,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  }
}
