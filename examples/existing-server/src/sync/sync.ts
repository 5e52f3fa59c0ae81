import type { RecordData } from '@holdfast/core/protocol'
import { startCapture } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { applyMigrations, installTriggers, prismaStore, type ModelMappings } from '@holdfast/server/prisma'
import type { RequestHandler } from 'express'
import type { Prisma } from '../../prisma/sqlite/generated/client.ts'
import { userOf } from '../auth.ts'
import { adapterFor, openPrisma, type Database } from '../database.ts'
import { mayWrite, roleIn, teamsOf } from '../permissions.ts'
import { schema } from './schema.ts'

const models = {
  customers: { model: 'Customer', scope: 'teamId' },
  invoices: { model: 'Invoice', scope: 'teamId' },
  lines: { model: 'InvoiceLine', scope: 'invoice.teamId' },
} satisfies ModelMappings

/** The database computes these. */
const computed = ['updatedAt', 'amount'] as const

const computes = (before: RecordData | undefined, after: RecordData): boolean =>
  computed.some((field) => JSON.stringify(before?.[field]) !== JSON.stringify(after[field]))

/** Whose customer it is: of one that is not there (yet) the database judges. */
const isStrangers = async (
  { customer }: Pick<Prisma.TransactionClient, 'customer'>,
  team: string,
  { customerId }: RecordData,
): Promise<boolean> => {
  if (typeof customerId !== 'string') return false
  const found = await customer.findUnique({ where: { id: customerId } })
  return found !== null && found.teamId !== team
}

export const createSync = async (database: Database): Promise<RequestHandler> => {
  const { url, prisma } = database
  await applyMigrations({ adapter: adapterFor(url) }) // or at deployment: npx holdfast migrate
  await installTriggers(prisma, { models })
  const own = openPrisma(url)
  const sync = createSyncMiddleware({
    schema,
    store: prismaStore(own, { models }),
    authenticate: (req) => userOf(prisma, req.headers.authorization),
    scopes: ({ user }, tx) => teamsOf(tx, user.id),
    authorize: async ({ ctx, tx, scope, before, after }) => {
      if (after !== undefined && (computes(before, after) || (await isStrangers(tx, scope, after))))
        return false
      const pays = after?.['status'] === 'paid' && before?.['status'] !== 'paid'
      return mayWrite(await roleIn(tx, ctx.user.id, scope), { deletes: after === undefined, pays })
    },
    tokenSecrets: [process.env['SYNC_SECRET'] ?? 'for trying out only, 32 bytes or more'],
  })
  await sync.adopt() // the rows that were there before; later calls have nothing to do
  const stopCapture = startCapture(sync) // tells devices that are online, every second
  database.beforeClose(async () => {
    await stopCapture()
    await own.$disconnect()
  })
  return sync
}
