import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyMigrations, installTriggers, syncExtension, type ModelMappings } from '@holdfast/server/prisma'
import { afterEach } from 'vitest'
import { adapterFor } from '../../support/open-prisma.ts'
import { sharedPostgres } from '../../support/shared-postgres.ts'
import type { DatabaseName } from '../../support/stores.ts'
import { PrismaClient as PostgresqlClient } from './prisma/postgresql/generated/client.ts'
import { PrismaClient } from './prisma/sqlite/generated/client.ts'
import { relatedTables } from './tables.ts'

export const models = {
  albums: 'Album',
  tracks: { model: 'Track', fields: { id: 'ref' } },
  covers: 'Cover',
  sleeves: 'Sleeve',
  tags: 'Tag',
} as const satisfies ModelMappings

/** The same tables under other names: what triggers say of them is the truth. */
export const truth: ModelMappings = Object.fromEntries(
  Object.entries(models).map(([collection, mapping]) => [`true-${collection}`, mapping]),
)

export const extend = (prisma: PrismaClient, given: ModelMappings = models) =>
  prisma.$extends(syncExtension({ models: given }))

export type ExtendedClient = ReturnType<typeof extend>

export interface RelatedWorld {
  /** Not extended. */
  readonly plain: PrismaClient
  readonly db: ExtendedClient
  readonly url: string
  /** Another client. */
  readonly open: (omit?: { readonly album: { readonly id: true } }) => PrismaClient
  /** By the extension, and by triggers; each is `collection/id`, once. They are gone then. */
  readonly marks: () => Promise<{ readonly left: readonly string[]; readonly wanted: readonly string[] }>
}

const openUrl = async (name: DatabaseName): Promise<{ url: string; remove: () => Promise<void> }> => {
  if (name === 'PostgreSQL') {
    return { url: (await (await sharedPostgres()).createEmpty()).url, remove: async () => undefined }
  }
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-related-'))
  return { url: `file:${join(folder, 'app.db')}`, remove: () => rm(folder, { recursive: true, force: true }) }
}

interface RelatedOptions {
  /** False: the database does nothing by itself. */
  readonly references?: boolean
}

export const useRelated = (name: DatabaseName): ((options?: RelatedOptions) => Promise<RelatedWorld>) => {
  const close: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of close.splice(0).toReversed()) await end()
  })
  return async ({ references = true } = {}) => {
    const { url, remove } = await openUrl(name)
    close.push(remove)
    await applyMigrations({ adapter: adapterFor(url) })
    const open: RelatedWorld['open'] = (omit) => {
      const options = { adapter: adapterFor(url), ...(omit === undefined ? {} : { omit }) }
      const client =
        name === 'SQLite'
          ? new PrismaClient(options)
          : (new PostgresqlClient(options) as unknown as PrismaClient)
      close.push(() => client.$disconnect())
      return client
    }
    const plain = open()
    for (const statement of relatedTables) {
      await plain.$executeRawUnsafe(references ? statement : withoutReferences(statement))
    }
    await installTriggers(plain, { models: truth })
    return { plain, db: extend(plain), url, open, marks: () => takeMarks(plain) }
  }
}

const withoutReferences = (statement: string): string =>
  statement.replaceAll(/ REFERENCES "\w+"\("\w+"\)( ON (DELETE|UPDATE) (SET NULL|CASCADE))*/g, '')

const takeMarks: (
  prisma: PrismaClient,
) => Promise<{ readonly left: readonly string[]; readonly wanted: readonly string[] }> = async (prisma) => {
  const rows = await prisma.$queryRaw<{ name: string }[]>`
    SELECT DISTINCT collection || '/' || record_id AS name FROM holdfast_touched ORDER BY 1`
  await prisma.$executeRaw`DELETE FROM holdfast_touched`
  const names = rows.map(({ name }) => name)
  return {
    left: names.filter((name) => !name.startsWith('true-')),
    wanted: names.filter((name) => name.startsWith('true-')).map((name) => name.slice('true-'.length)),
  }
}
