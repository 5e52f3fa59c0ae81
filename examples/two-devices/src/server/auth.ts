import type { IncomingMessage } from 'node:http'
import { TRPCError, initTRPC } from '@trpc/server'
import type { PrismaClient } from '../../prisma/generated/client.ts'

export interface User {
  readonly id: string
  readonly crew: string
}

export interface Context {
  readonly user: User | undefined
}

/** Looks the request's token up in the app's own table. */
export const createContext =
  (prisma: PrismaClient) =>
  async ({ req }: { readonly req: IncomingMessage }): Promise<Context> => {
    const [, token] = /^Bearer (.+)$/.exec(req.headers.authorization ?? '') ?? []
    if (token === undefined) return { user: undefined }
    const user = await prisma.member.findUnique({ where: { token }, select: { id: true, crew: true } })
    return { user: user ?? undefined }
  }

export const t = initTRPC.context<Context>().create()

/** For procedures that need a user. Refused before their input is read. */
export const authedProcedure = t.procedure.use(({ ctx, next }) => {
  const { user } = ctx
  if (user === undefined) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Log in first.' })
  return next({ ctx: { user } })
})
