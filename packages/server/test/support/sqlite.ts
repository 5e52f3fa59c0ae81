import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import type { ServerStore } from '@holdfast/server'
import { applyMigrations, prismaStore, type SqlRunner } from '@holdfast/server/prisma'
import { PrismaClient } from '../../prisma/generated/client.ts'

export interface TestDatabase {
  readonly url: string
  readonly prisma: PrismaClient
  readonly store: ServerStore<SqlRunner>
  /** Another process's view: a client and a store of its own on the same file. */
  readonly another: () => { readonly prisma: PrismaClient; readonly store: ServerStore<SqlRunner> }
  readonly close: () => Promise<void>
}

/** A migrated SQLite file in a folder of its own. */
export const createDatabase = async (): Promise<TestDatabase> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-server-'))
  const url = `file:${join(folder, 'server.db')}`
  await applyMigrations({ adapter: new PrismaBetterSqlite3({ url }) })
  const clients: PrismaClient[] = []
  const another = (): ReturnType<TestDatabase['another']> => {
    const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url, timeout: 50 }) })
    clients.push(prisma)
    return { prisma, store: prismaStore(prisma) }
  }
  return {
    url,
    ...another(),
    another,
    async close() {
      await Promise.all(clients.map((prisma) => prisma.$disconnect()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
