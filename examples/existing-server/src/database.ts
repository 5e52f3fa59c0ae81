import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient as PostgresqlClient } from '../prisma/postgresql/generated/client.ts'
import { PrismaClient } from '../prisma/sqlite/generated/client.ts'

export interface Database {
  readonly url: string
  readonly prisma: PrismaClient
  /** What has to end before the client does. */
  readonly beforeClose: (end: () => Promise<void>) => void
  readonly close: () => Promise<void>
}

export const isPostgresql = (url: string): boolean => /^postgres(ql)?:/.test(url)

export const adapterFor = (url: string): PrismaBetterSqlite3 | PrismaPg =>
  isPostgresql(url) ? new PrismaPg({ connectionString: url, max: 8 }) : new PrismaBetterSqlite3({ url })

/** PostgreSQL or SQLite: the two schemas differ in the provider alone, so one client's types fit both. */
export const openPrisma = (url: string): PrismaClient => {
  const adapter = adapterFor(url)
  return isPostgresql(url)
    ? (new PostgresqlClient({ adapter }) as unknown as PrismaClient)
    : new PrismaClient({ adapter })
}

export const openDatabase = (url: string): Database => {
  const prisma = openPrisma(url)
  const ends: (() => Promise<void>)[] = []
  return {
    url,
    prisma,
    beforeClose: (end) => void ends.push(end),
    async close() {
      for (const end of ends) await end()
      await prisma.$disconnect()
    },
  }
}
