import { randomUUID } from 'node:crypto'
import { applyMigrations } from '@holdfast/server/prisma'
import { Client } from 'pg'
import type { PrismaClient } from '../../prisma/sqlite/generated/client.ts'
import { openDatabase, type TestDatabase } from './databases.ts'
import { adapterFor, openPrisma } from './open-prisma.ts'

const execute = async (url: string, sql: string): Promise<void> => {
  const client = new Client(url)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

const urlOf = (server: string, name: string): string => {
  const url = new URL(server)
  url.pathname = name
  return url.href
}

/** Databases of one server. At the end all of them are dropped. */
export interface PostgresqlDatabases extends AsyncDisposable {
  /** One that was given back, emptied, or a new one: a new one takes a hundred times as long. */
  readonly create: () => Promise<TestDatabase>
  /** Without tables. */
  readonly createEmpty: () => Promise<{ readonly url: string }>
}

interface Spare {
  readonly url: string
  readonly prisma: PrismaClient
}

/** As one that was just migrated: a table that a test made would meet the next one that gives its own the same name. */
const empty = (prisma: PrismaClient): Promise<unknown> =>
  prisma.$executeRaw`DO $$
    DECLARE name text;
    BEGIN
      FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        IF name LIKE 'holdfast\_%' THEN
          EXECUTE format('DELETE FROM %I', name);
        ELSIF name <> '_prisma_migrations' THEN
          EXECUTE format('DROP TABLE %I CASCADE', name);
        END IF;
      END LOOP;
    END $$`

/** @param prefix what their names begin with */
export const postgresqlDatabases = (server: string, prefix = 'holdfast_test'): PostgresqlDatabases => {
  const names: string[] = []
  const spares: Spare[] = []

  const make = async (): Promise<string> => {
    const name = `${prefix}_${randomUUID().replaceAll('-', '')}`
    await execute(server, `CREATE DATABASE ${name}`)
    names.push(name)
    return urlOf(server, name)
  }
  const makeMigrated = async (): Promise<Spare> => {
    const url = await make()
    await applyMigrations({ adapter: adapterFor(url) })
    return { url, prisma: openPrisma(url) }
  }

  return {
    createEmpty: async () => ({ url: await make() }),
    async create() {
      const { url, prisma: first } = spares.pop() ?? (await makeMigrated())
      return openDatabase(url, first, async (prisma) => {
        await empty(prisma)
        spares.push({ url, prisma })
      })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(spares.map(({ prisma }) => prisma.$disconnect()))
      for (const name of names) await execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}
