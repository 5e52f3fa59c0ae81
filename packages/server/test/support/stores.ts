import type { ServerStore, SyncOptions } from '@holdfast/server'
import { memoryServerStore } from '@holdfast/server/testing'
import { afterEach } from 'vitest'
import { createDatabase } from './sqlite.ts'
import { createWorld, type Caller, type World } from './world.ts'

export type TestStore = ServerStore

/** Every store that the server's rules are tried on. */
export const stores: Readonly<
  Record<string, () => Promise<{ store: TestStore; close: () => Promise<void> }>>
> = {
  memory: async () => ({ store: memoryServerStore(), close: async () => undefined }),
  'Prisma on SQLite': async () => {
    const { store, close } = await createDatabase()
    return { store, close }
  },
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
