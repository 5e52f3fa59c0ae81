import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collection, counter, defineSchema, fieldMerge } from '@holdfast/core'
import {
  allowAll,
  createSyncHandlers,
  type ServerStore,
  type SyncOptions,
  type SyncServer,
} from '@holdfast/server'
import { applyMigrations, prismaStore, type ModelMappings } from '@holdfast/server/prisma'
import { afterEach } from 'vitest'
import { z } from 'zod'
import { adapterFor } from '../support/open-prisma.ts'
import { sharedPostgres } from '../support/shared-postgres.ts'
import type { DatabaseName } from '../support/stores.ts'
import { createTestClient, secret, type Caller, type TestClient } from '../support/world.ts'
import { PrismaClient as PostgresqlClient } from './prisma/postgresql/generated/client.ts'
import { PrismaClient } from './prisma/sqlite/generated/client.ts'
import { appTables } from './tables.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    invoices: collection({
      fields: z.object({
        id: z.string(),
        title: z.string().min(1),
        customerId: z.string().optional(),
        number: z.number().int().optional(),
        status: z.enum(['draft', 'sent', 'paid']).default('draft'),
        total: z.string().default('0'),
        rate: z.number().default(1),
        units: z.bigint().default(0n),
        paid: z.boolean().default(false),
        due: z.date().nullable().default(null),
        meta: z.json().optional(),
        scan: z.instanceof(Uint8Array).optional(),
        updatedAt: z.date().optional(),
        color: z.string().optional(),
      }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
    lines: collection({
      fields: z.object({ id: z.string(), invoiceId: z.string(), label: z.string(), quantity: counter() }),
      references: { invoiceId: 'invoices' },
    }),
  },
})

export const models = {
  invoices: { model: 'Invoice', scope: 'teamId', fields: { color: false } },
  lines: { model: 'InvoiceLine', scope: 'invoice.teamId', fields: { id: 'ref', label: 'text' } },
} as const satisfies ModelMappings

export interface MappedWorld {
  /** The app's own client. */
  readonly prisma: PrismaClient
  readonly handlers: SyncServer<Caller, never>
  readonly client: (clientId: string, user?: string) => TestClient
  readonly store: ServerStore
  /** Another process on the same database. */
  readonly another: (models?: ModelMappings) => SyncServer<Caller, never>
  readonly errors: unknown[]
  /** As an admin does it. */
  readonly sql: (statement: string) => Promise<void>
}

interface Opened {
  readonly url: string
  readonly remove: () => Promise<void>
}

const open: Readonly<Record<DatabaseName, () => Promise<Opened>>> = {
  async SQLite() {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-mapped-'))
    return {
      url: `file:${join(folder, 'app.db')}`,
      remove: () => rm(folder, { recursive: true, force: true }),
    }
  },
  async PostgreSQL() {
    return { url: (await (await sharedPostgres()).createEmpty()).url, remove: async () => undefined }
  },
}

const openClient = (url: string): PrismaClient =>
  url.startsWith('file:')
    ? new PrismaClient({ adapter: adapterFor(url) })
    : (new PostgresqlClient({ adapter: adapterFor(url) }) as unknown as PrismaClient)

export type StartMapped = (
  options?: Partial<SyncOptions<Caller, never>> & { readonly models?: ModelMappings },
) => Promise<MappedWorld>

/** A migrated app with two teams, its tables, and sync over them. */
export const useMapped = (name: DatabaseName): StartMapped => {
  const close: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of close.splice(0).toReversed()) await end()
  })
  return async ({ models: given = models, ...options } = {}) => {
    const { url, remove } = await open[name]()
    close.push(remove)
    await applyMigrations({ adapter: adapterFor(url) })
    const [prisma, own] = [openClient(url), openClient(url)]
    close.push(
      () => prisma.$disconnect(),
      () => own.$disconnect(),
    )
    const sql = async (statement: string): Promise<void> => {
      await prisma.$executeRawUnsafe(statement)
    }
    for (const statement of appTables(name === 'SQLite' ? 'sqlite' : 'postgresql')) await sql(statement)
    await prisma.team.createMany({
      data: [
        { id: 'team-1', name: 'One' },
        { id: 'team-2', name: 'Two' },
      ],
    })
    const errors: unknown[] = []
    const serve = (on: PrismaClient, mapped: ModelMappings): SyncServer<Caller, never> =>
      createSyncHandlers<Caller, never>({
        schema,
        store: prismaStore(on, { models: mapped }) as never,
        scopes: ({ user }) => (user.id === 'u-2' ? ['team-2'] : ['team-1', 'team-2']),
        authorize: allowAll,
        tokenSecrets: [secret],
        rates: 'none',
        logger: { error: (message, details) => errors.push({ message, ...details }) },
        ...options,
      })
    const handlers = serve(own, given)
    const another = (mapped = given): SyncServer<Caller, never> => {
      const further = openClient(url)
      close.push(() => further.$disconnect())
      return serve(further, mapped)
    }
    const client = (clientId: string, user = 'u-1'): TestClient => createTestClient(handlers, clientId, user)
    const store = prismaStore(own, { models: given })
    return { prisma, handlers, store, another, client, errors, sql }
  }
}
