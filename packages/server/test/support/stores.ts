import type { ServerStore, SyncOptions } from '@holdfast/server'
import { memoryServerStore } from '@holdfast/server/testing'
import { afterEach } from 'vitest'
import { createSqliteDatabase, type TestDatabase } from './databases.ts'
import { createPostgresqlDatabase } from './shared-postgres.ts'
import { createWorld, type Caller, type World } from './world.ts'

export type TestStore = ServerStore

export type DatabaseName = 'SQLite' | 'PostgreSQL'

/** The databases that the Prisma store is tried on. */
export const databases: Readonly<Record<DatabaseName, () => Promise<TestDatabase>>> = {
  SQLite: createSqliteDatabase,
  PostgreSQL: createPostgresqlDatabase,
}

export const databaseNames: readonly DatabaseName[] = ['SQLite', 'PostgreSQL']

type CreateStore = () => Promise<{ store: TestStore; close: () => Promise<void> }>

/** Every store that the server's rules are tried on. */
export const stores: Readonly<Record<string, CreateStore>> = {
  memory: async () => ({ store: memoryServerStore(), close: async () => undefined }),
  ...Object.fromEntries(
    Object.entries(databases).map(([name, create]): [string, CreateStore] => [`Prisma on ${name}`, create]),
  ),
}

export const storeNames: readonly string[] = Object.keys(stores)

/** A world whose store is given back after the test. */
export const useWorld = (
  name: string,
): ((options?: Partial<SyncOptions<Caller, unknown>>) => Promise<World<unknown>>) => {
  const open: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of open.splice(0)) await close()
  })
  return async (options) => {
    const create = stores[name]
    if (create === undefined) throw new Error(`There is no store ${name}.`)
    const { store, close } = await create()
    open.push(close)
    return createWorld(store, options)
  }
}
