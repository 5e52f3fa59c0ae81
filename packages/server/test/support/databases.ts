import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerStore } from '@holdfast/server'
import { applyMigrations, prismaStore, type SqlRunner } from '@holdfast/server/prisma'
import type { PrismaClient } from '../../prisma/sqlite/generated/client.ts'
import { adapterFor, openPrisma } from './open-prisma.ts'

interface Process {
  readonly prisma: PrismaClient
  readonly store: ServerStore<SqlRunner>
}

/** A migrated database, without rows at first. */
export interface TestDatabase extends Process {
  readonly url: string
  /** Another process's view: a client and a store of its own on the same database. */
  readonly another: () => Process
  readonly close: () => Promise<void>
}

/** `giveBack` gets the first client, still connected. */
export const openDatabase = (
  url: string,
  first: PrismaClient,
  giveBack: (first: PrismaClient) => Promise<void>,
): TestDatabase => {
  const others: PrismaClient[] = []
  return {
    url,
    prisma: first,
    store: prismaStore(first),
    another() {
      const prisma = openPrisma(url)
      others.push(prisma)
      return { prisma, store: prismaStore(prisma) }
    },
    async close() {
      await Promise.all(others.map((prisma) => prisma.$disconnect()))
      await giveBack(first)
    },
  }
}

/** A SQLite file in a folder of its own. */
export const createSqliteDatabase = async (): Promise<TestDatabase> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-server-'))
  const url = `file:${join(folder, 'server.db')}`
  await applyMigrations({ adapter: adapterFor(url) })
  return openDatabase(url, openPrisma(url), async (prisma) => {
    await prisma.$disconnect()
    await rm(folder, { recursive: true, force: true })
  })
}
