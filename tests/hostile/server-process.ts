import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { TRPCError, initTRPC } from '@trpc/server'
import { allowAll, createSyncRouter, type Logger } from '@holdfast/server'
import { createExpressMiddleware, createSyncMiddleware } from '@holdfast/server/express'
import { prismaStore, type SqlRunner } from '@holdfast/server/prisma'
import express, { type Request } from 'express'
import { z } from 'zod'
import { schema } from '../../packages/core/test/support/schema.ts'
import { openPrisma } from '../../packages/server/test/support/open-prisma.ts'
import { listen } from '../harness/listen.ts'
import { longestTurn } from './longest-turn.ts'
import { plantedSchema, scopesOf } from './planted.ts'
import type { Report } from './report.ts'

const optionsSchema = z.object({ database: z.string(), planted: plantedSchema.optional() })

/**
 * A server in a process of its own, as an app would run it: `/sync` is the middleware by itself, `/trpc` an app's router
 * without a transformer. Whose token it is, is the token. Prints its URL, then a report for each line that it reads.
 */
const serve = async (): Promise<void> => {
  const { database, planted } = optionsSchema.parse(JSON.parse(process.argv[2] ?? '{}'))
  const failures: string[] = []
  const logged: string[] = []
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (error: unknown) =>
      failures.push(error instanceof Error ? `${error.stack}` : String(error)),
    )
  }
  const logger: Logger = {
    error: (message, details) => logged.push(`${message} ${String(details['error'])}`),
  }

  const sync = {
    schema,
    store: prismaStore<SqlRunner>(openPrisma(database)),
    scopes: ({ user }: { readonly user: User }) => scopesOf(user.id, planted),
    authorize: allowAll,
    tokenSecrets: ['a secret for tests of thirty-two bytes'],
    rates: 'none' as const,
    logger,
    limits: { liveMs: 2_000, liveBeatMs: 500 },
  }
  const t = initTRPC.context<{ readonly user: User | undefined }>().create({ isDev: false })
  const procedure = t.procedure.use(({ ctx, next }) => {
    if (ctx.user === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' })
    return next({ ctx: { user: ctx.user } })
  })
  const router = t.router({ sync: createSyncRouter({ ...sync, procedure }) })

  const app = express()
  app.use('/sync', createSyncMiddleware({ ...sync, authenticate: userOf }))
  app.use('/trpc', createExpressMiddleware({ router, createContext: ({ req }) => ({ user: userOf(req) }) }))
  const { url } = await listen(app)

  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const turn = longestTurn()
  process.stdout.write(`${url}\n`)
  for await (const _ of createInterface({ input: process.stdin })) {
    const report: Report = { failures, logged, delayMs: delay.max / 1e6, turnMs: turn.longest() }
    delay.reset()
    turn.reset()
    // What begins before the next tick would not be measured.
    await sleep(25)
    process.stdout.write(`${JSON.stringify(report)}\n`)
  }
}

interface User {
  readonly id: string
}

const userOf = ({ headers }: Request): User | undefined =>
  headers.authorization === undefined ? undefined : { id: headers.authorization }

if (import.meta.main) await serve()
