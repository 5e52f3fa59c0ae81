import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient as PostgresqlClient } from '../../prisma/postgresql/generated/client.ts'
import { PrismaClient } from '../../prisma/sqlite/generated/client.ts'

const isPostgresql = (url: string): boolean => /^postgres(ql)?:/.test(url)

export const adapterFor = (url: string): PrismaBetterSqlite3 | PrismaPg =>
  isPostgresql(url)
    ? new PrismaPg({ connectionString: url, max: 8 })
    : new PrismaBetterSqlite3({ url, timeout: 50 })

/** A client with a pool of its own. Both are generated from one template: their models are of the same types. */
export const openPrisma = (url: string): PrismaClient => {
  const adapter = adapterFor(url)
  return isPostgresql(url)
    ? (new PostgresqlClient({ adapter }) as unknown as PrismaClient)
    : new PrismaClient({ adapter })
}
