import { applyMigrations, prismaStore, type SqlRunner } from '@holdfast/server/prisma'
import type { ServerStore } from '@holdfast/server'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaClient } from '../../prisma/generated/client.ts'

export interface Database {
  readonly store: ServerStore<SqlRunner>
  readonly close: () => Promise<void>
}

/** A SQLite file, made on the first start. */
export const openDatabase = async (filename: string): Promise<Database> => {
  const adapter = new PrismaBetterSqlite3({ url: `file:${filename}` })
  await applyMigrations({ adapter })
  const prisma = new PrismaClient({ adapter })
  return { store: prismaStore(prisma), close: () => prisma.$disconnect() }
}
