import type { Authorize } from '@holdfast/server'
import type { SyncContext } from '@holdfast/server/express'
import type { Request } from 'express'
import { people, scopeOf, tokenOf, type Person } from '../shared/people.ts'

type Context = SyncContext<Person>

export const whoCalls = ({ headers }: Pick<Request, 'headers'>): Person | undefined =>
  people.find(({ id }) => headers.authorization === `Bearer ${tokenOf(id)}`)

export const scopesOf = ({ user }: Context): readonly string[] => [scopeOf(user)]

/** Anybody of the team writes; only a lead approves, and changes or deletes what was approved. */
export const mayWrite: Authorize<Context, unknown> = ({ ctx, before, after }) =>
  ctx.user.approves || (before?.['status'] !== 'approved' && after?.['status'] !== 'approved')
