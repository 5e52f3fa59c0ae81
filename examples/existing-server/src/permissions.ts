import type { Prisma } from '../prisma/sqlite/generated/client.ts'
import type { Role } from '../prisma/sqlite/generated/enums.ts'

type Members = Pick<Prisma.TransactionClient, 'member'>

export const roleIn = async (
  { member }: Members,
  userId: string,
  teamId: string,
): Promise<Role | undefined> =>
  (await member.findUnique({ where: { teamId_userId: { teamId, userId } } }))?.role

export const teamsOf = async ({ member }: Members, userId: string): Promise<readonly string[]> =>
  (await member.findMany({ where: { userId } })).map(({ teamId }) => teamId)

export interface Write {
  readonly deletes: boolean
  /** It makes an invoice a paid one. */
  readonly pays: boolean
}

/** What a member may do, whichever way it comes. */
export const mayWrite = (role: Role | undefined, { deletes, pays }: Write): boolean => {
  switch (role) {
    case 'manager':
      return true
    case 'clerk':
      return !deletes && !pays
    case 'viewer':
    case undefined:
      return false
  }
}
