import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { ServerStore } from '@holdfast/server'
import { applyMigrations, prismaStore, type SqlRunner } from '@holdfast/server/prisma'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient as PostgresqlClient } from '../prisma/postgresql/generated/client.ts'
import { PrismaClient as SqliteClient } from '../prisma/sqlite/generated/client.ts'

export interface Database extends AsyncDisposable {
  readonly name: 'SQLite' | 'PostgreSQL'
  readonly store: ServerStore<SqlRunner>
}

const sqlite = async (folder: string): Promise<Database> => {
  const adapter = new PrismaBetterSqlite3({ url: `file:${join(folder, 'server.db')}` })
  await applyMigrations({ adapter })
  const prisma = new SqliteClient({ adapter })
  return {
    name: 'SQLite',
    store: prismaStore(prisma),
    [Symbol.asyncDispose]: () => prisma.$disconnect(),
  }
}

/** A database of its own on that server: three weeks pass in it, and what is old is forgotten. */
const postgresql = async (url: string): Promise<Database> => {
  const name = `holdfast_long_offline_${randomBytes(6).toString('hex')}`
  const maintenance = new PostgresqlClient({ adapter: new PrismaPg({ connectionString: url, max: 1 }) })
  await maintenance.$executeRawUnsafe(`CREATE DATABASE ${name}`)
  const own = new URL(url)
  own.pathname = name
  const adapter = new PrismaPg({ connectionString: own.href, max: 8 })
  await applyMigrations({ adapter })
  const prisma = new PostgresqlClient({ adapter })
  return {
    name: 'PostgreSQL',
    store: prismaStore(prisma),
    async [Symbol.asyncDispose]() {
      await prisma.$disconnect()
      await maintenance.$executeRawUnsafe(`DROP DATABASE ${name} WITH (FORCE)`)
      await maintenance.$disconnect()
    },
  }
}

/** @param url of a PostgreSQL server; undefined: a SQLite file in that folder */
export const openDatabase = (folder: string, url: string | undefined): Promise<Database> =>
  url === undefined ? sqlite(folder) : postgresql(url)
