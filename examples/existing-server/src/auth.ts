import type { RequestHandler, Response } from 'express'
import type { PrismaClient } from '../prisma/sqlite/generated/client.ts'
import type { Role } from '../prisma/sqlite/generated/enums.ts'
import { mayWrite, roleIn, type Write } from './permissions.ts'
import { refuse } from './routes/errors.ts'

export interface User {
  readonly id: string
}

/** Whose bearer token it is. */
export const userOf = async ({ user }: PrismaClient, authorization = ''): Promise<User | undefined> => {
  const [, token = ''] = /^Bearer (.+)$/.exec(authorization) ?? []
  return (await user.findUnique({ where: { token } })) ?? undefined
}

interface Caller {
  readonly team: string
  readonly role: Role
}

/** Whoever calls is a member of the team that the path names. */
export const signedIn =
  (prisma: PrismaClient): RequestHandler<{ readonly team: string }> =>
  async (req, res, next) => {
    const user = await userOf(prisma, req.headers.authorization)
    if (user === undefined) throw refuse(401, 'Sign in first.')
    const { team } = req.params
    const role = await roleIn(prisma, user.id, team)
    if (role === undefined) throw refuse(404, 'There is no such team.')
    res.locals['caller'] = { team, role } satisfies Caller
    next()
  }

export const teamOf = ({ locals }: Response): string => (locals['caller'] as Caller).team

export const assertMayWrite = ({ locals }: Response, write: Partial<Write> = {}): void => {
  const { role } = locals['caller'] as Caller
  if (!mayWrite(role, { deletes: false, pays: false, ...write })) throw refuse(403, 'You may not do that.')
}
