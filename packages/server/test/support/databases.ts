import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerStore } from '@holdfast/server'
import { applyMigrations, prismaStore, type SqlRunner } from '@holdfast/server/prisma'
import pg from 'pg'
import type { PrismaClient } from '../../prisma/sqlite/generated/client.ts'
import { adapterFor, openPrisma } from './open-prisma.ts'

/** A migrated database of its own. */
export interface TestDatabase {
  readonly url: string
  readonly prisma: PrismaClient
  readonly store: ServerStore<SqlRunner>
  /** Another process's view: a client and a store of its own on the same database. */
  readonly another: () => { readonly prisma: PrismaClient; readonly store: ServerStore<SqlRunner> }
  readonly close: () => Promise<void>
}

const openDatabase = (url: string, remove: () => Promise<void>): TestDatabase => {
  const clients: PrismaClient[] = []
  const another = (): ReturnType<TestDatabase['another']> => {
    const prisma = openPrisma(url)
    clients.push(prisma)
    return { prisma, store: prismaStore(prisma) }
  }
  return {
    url,
    ...another(),
    another,
    async close() {
      await Promise.all(clients.map((prisma) => prisma.$disconnect()))
      await remove()
    },
  }
}

/** A SQLite file in a folder of its own. */
export const createSqliteDatabase = async (): Promise<TestDatabase> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-server-'))
  const url = `file:${join(folder, 'server.db')}`
  await applyMigrations({ adapter: adapterFor(url) })
  return openDatabase(url, () => rm(folder, { recursive: true, force: true }))
}

const execute = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client(url)
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

/** Databases of one PostgreSQL server, copied from one that is migrated once. */
export interface PostgresqlDatabases extends AsyncDisposable {
  readonly create: () => Promise<TestDatabase>
  /** Without tables. */
  readonly createEmpty: () => Promise<{ readonly url: string; readonly drop: () => Promise<void> }>
}

export const postgresqlDatabases = (server: string): PostgresqlDatabases => {
  const drop = (name: string) => execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  const make = async (template = 'template1') => {
    const name = `holdfast_test_${randomUUID().replaceAll('-', '')}`
    await execute(server, `CREATE DATABASE ${name} TEMPLATE ${template}`)
    return { name, url: urlOf(server, name), drop: () => drop(name) }
  }
  const migrate = async () => {
    const made = await make()
    await applyMigrations({ adapter: adapterFor(made.url) })
    return made
  }
  let template: ReturnType<typeof migrate> | undefined
  return {
    createEmpty: () => make(),
    async create() {
      template ??= migrate()
      const { url, drop: remove } = await make((await template).name)
      return openDatabase(url, remove)
    },
    async [Symbol.asyncDispose]() {
      await (await template)?.drop()
    },
  }
}
